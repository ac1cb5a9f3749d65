//! How much a request may take.

use std::time::Duration;

use server::Limits;
use tokio_util::sync::CancellationToken;

use crate::harness::{App, DEADLINE, Setup, within};

async fn app_with(limits: Limits) -> App {
    Setup {
        limits,
        ..Setup::default()
    }
    .start()
    .await
}

#[tokio::test]
async fn one_request_too_many_is_a_503_that_says_when_to_come_back() {
    let app = app_with(Limits::new(1 << 20, 1, DEADLINE)).await;
    let mut first = app.connect().await;
    first.request("GET", "/wait").await;
    app.latch.arrival().await;

    let refused = app.ask("GET", "/count").await;
    app.latch.open();
    let waited = first.reply().await;
    let later = app.ask("GET", "/count").await;

    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.problem();
    assert_eq!(waited.status, 200);
    assert_eq!(later.status, 200);
}

#[tokio::test]
async fn a_client_that_leaves_gives_its_place_back() {
    let app = app_with(Limits::new(1 << 20, 1, DEADLINE)).await;
    let mut first = app.connect().await;
    first.request("GET", "/wait").await;
    app.latch.arrival().await;

    drop(first);

    within(async { while app.ask("GET", "/count").await.status == 503 {} }).await;
}

#[tokio::test]
async fn a_request_past_its_time_is_a_504_problem() {
    let app = app_with(Limits::new(1 << 20, 1, Duration::from_millis(30))).await;

    let reply = app.ask("GET", "/wait").await;
    let next = app.ask("GET", "/count").await;

    assert_eq!(reply.status, 504);
    reply.problem();
    assert_ne!(
        next.status, 503,
        "the place of the late request is free again"
    );
}

#[tokio::test]
async fn a_body_that_never_comes_is_a_504_problem() {
    let app = app_with(Limits::new(1 << 20, 1, Duration::from_millis(30))).await;
    let mut wire = app.connect().await;

    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
        .await;
    let reply = wire.reply().await;

    assert_eq!(reply.status, 504);
    assert_eq!(reply.header("connection"), Some("close"));
}

#[tokio::test]
async fn management_has_neither_timeout_nor_a_share_in_flight() {
    let limits = Limits::management(1 << 20, CancellationToken::new());
    let app = app_with(limits).await;
    let mut waiting = Vec::new();
    for _ in 0..50 {
        let mut wire = app.connect().await;
        wire.request("GET", "/wait").await;
        app.latch.arrival().await;
        waiting.push(wire);
    }

    for _ in &waiting {
        app.latch.open();
    }

    for mut wire in waiting {
        assert_eq!(wire.reply().await.status, 200);
    }
}
