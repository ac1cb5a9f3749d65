//! Who may connect, how long they may take, and what they may break.

use std::time::Duration;

use tokio::time::{Instant, interval};

use crate::harness::{App, DEADLINE, app_with};

#[tokio::test]
async fn a_connection_too_many_waits_while_the_others_go_on() {
    let app = app_with(2, DEADLINE).await;
    let mut first = app.connect().await;
    let mut second = app.connect().await;
    for wire in [&mut first, &mut second] {
        wire.request("GET", "/count").await;
        assert_eq!(wire.reply().await.status, 200);
    }

    let mut third = app.connect().await;
    third.request("GET", "/count").await;
    for _ in 0..20 {
        first.request("GET", "/count").await;
        assert_eq!(first.reply().await.status, 200);
        second.request("GET", "/count").await;
        assert_eq!(second.reply().await.status, 200);
    }
    assert!(!third.has_something(), "the third connection waits");
    drop(first);

    assert_eq!(third.reply().await.status, 200);
}

#[tokio::test]
async fn a_head_sent_byte_by_byte_is_cut_and_never_handled() {
    let app = app_with(100, Duration::from_millis(500)).await;
    let mut slow = app.connect().await;
    let head = format!(
        "GET /count HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(4000)
    );

    let start = Instant::now();
    let mut clock = interval(Duration::from_millis(10));
    let mut sent = 0;
    for byte in head.as_bytes() {
        clock.tick().await;
        if !slow.try_send([*byte]).await || slow.has_something() {
            break;
        }
        sent += 1;
    }

    assert!(
        sent < head.len(),
        "the head went through in {:?}",
        start.elapsed()
    );
    assert_eq!(app.handled(), 0);
    assert_eq!(app.ask("GET", "/count").await.status, 200);
}

#[tokio::test]
async fn a_head_that_is_too_long_is_a_431() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    let field = "x".repeat(40 << 10);
    wire.send(format!(
        "GET /count HTTP/1.1\r\nHost: a\r\nX: {field}\r\n\r\n"
    ))
    .await;

    assert_eq!(wire.reply().await.status, 431);
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_a_row() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    wire.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none\
         POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n\
         GET /count HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;

    for body in ["one", "two", "counted"] {
        assert_eq!(wire.reply().await.body, body);
    }
}

#[tokio::test]
async fn a_panic_within_an_answer_ends_its_connection_only() {
    let app = App::start().await;
    let mut broken = app.connect().await;
    let mut other = app.connect().await;

    broken.request("GET", "/broken-stream").await;
    let rest = broken.rest().await;
    other.request("GET", "/count").await;

    assert!(
        !rest.ends_with("0\r\n\r\n"),
        "the client can tell that the answer is not whole: {rest}"
    );
    assert_eq!(other.reply().await.status, 200);
    assert_eq!(app.ask("GET", "/count").await.status, 200);
}

#[tokio::test]
async fn a_large_answer_on_a_closing_connection_arrives_whole() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    wire.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;

    assert_eq!(wire.reply().await.body.len(), 8 << 20);
    assert_eq!(wire.rest().await, "");
}
