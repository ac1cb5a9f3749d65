//! The end of a service, step by step.

use std::time::Duration;

use server::{Drained, Grace};
use tokio::net::TcpStream;
use tracing::Level;

use crate::harness::{App, DEADLINE, Log, Setup, within};

async fn app_with(drain_delay: Duration, shutdown_timeout: Duration) -> App {
    let grace = Grace {
        drain_delay,
        shutdown_timeout,
    };
    Setup {
        grace,
        ..Setup::default()
    }
    .start()
    .await
}

#[tokio::test]
async fn a_draining_service_serves_then_stops_accepting_then_finishes() {
    let app = app_with(Duration::from_secs(1), DEADLINE).await;
    let mut idle = app.connect().await;
    idle.request("GET", "/count").await;
    idle.reply().await;
    let mut busy = app.connect().await;
    busy.request("GET", "/wait").await;
    app.latch.arrival().await;

    app.lifecycle.drain();
    assert!(app.lifecycle.draining().is_cancelled());
    let during = app.ask("GET", "/count").await;
    assert!(!app.lifecycle.stopping().is_cancelled());
    within(app.lifecycle.stopping().cancelled()).await;
    assert_eq!(idle.rest().await, "", "an idle connection is closed");
    let refused = within(TcpStream::connect(app.addr)).await;
    assert!(
        !app.lifecycle.drained().is_cancelled(),
        "a request is still in flight"
    );
    app.latch.open();
    let reply = busy.reply().await;

    assert_eq!(
        (during.status, during.header("connection")),
        (200, Some("close"))
    );
    assert!(refused.is_err());
    assert_eq!(
        (reply.status, reply.header("connection")),
        (200, Some("close"))
    );
    let lifecycle = app.lifecycle.clone();
    assert_eq!(app.drained().await, Drained::default());
    assert!(lifecycle.drained().is_cancelled());
}

#[tokio::test]
async fn what_is_in_flight_at_the_deadline_is_answered_and_counted() {
    let log = Log::listen();
    let app = app_with(Duration::ZERO, Duration::from_millis(50)).await;
    let mut busy = app.connect().await;
    busy.request("GET", "/wait").await;
    app.latch.arrival().await;
    let mut sending = app.connect().await;
    sending
        .send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        .await;

    app.lifecycle.drain();

    for wire in [&mut busy, &mut sending] {
        let reply = wire.reply().await;
        assert_eq!(
            (reply.status, reply.header("connection")),
            (503, Some("close"))
        );
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
        assert!(reply.header("x-correlation-id").is_some(), "{reply:?}");
        reply.problem();
    }
    assert_eq!(app.drained().await.cut, 2);
    let warnings = log.of(Level::WARN);
    let with = |text: &str| warnings.iter().filter(|line| line.contains(text)).count();
    assert_eq!(with("connections=2"), 1, "{warnings:?}");
    assert_eq!(with("Request cut"), 2, "{warnings:?}");
    assert_eq!(warnings.len(), 3, "{warnings:?}");
}

#[tokio::test]
async fn an_answer_that_is_being_sent_at_the_deadline_is_cut_and_logged() {
    let log = Log::listen();
    let app = app_with(Duration::ZERO, Duration::from_millis(50)).await;
    let mut reading = app.connect().await;
    reading.request("GET", "/drip").await;
    assert_eq!(reading.head().await.status, 200);

    app.lifecycle.drain();

    assert_eq!(app.drained().await.cut, 1);
    assert!(
        !reading.rest().await.ends_with("0\r\n\r\n"),
        "not complete, and not said to be"
    );
    let warnings = log.of(Level::WARN);
    let cut = warnings.iter().find(|line| line.contains("Request cut"));
    assert!(
        cut.is_some_and(|line| line.contains("/drip")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn a_connection_that_never_spoke_does_not_hold_up_the_end() {
    let app = app_with(Duration::ZERO, DEADLINE).await;
    let mut silent = app.connect().await;
    assert_eq!(app.ask("GET", "/count").await.status, 200);

    app.lifecycle.drain();

    assert_eq!(silent.rest().await, "");
    assert_eq!(app.drained().await, Drained::default());
}
