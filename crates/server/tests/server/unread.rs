//! Request bodies that no handler wanted, or not to their end.

use std::time::Duration;

use server::Limits;
use tokio_util::sync::CancellationToken;

use crate::harness::{App, DEADLINE, Setup, Wire};

const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// More than is read of a body to keep its connection.
const LARGE: usize = (256 << 10) + 1;

fn sized(request: &str, length: usize, body: &str) -> String {
    format!("{request} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

fn chunked(request: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{request} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
         {length:x}\r\n{body}\r\n0\r\n\r\n"
    )
}

async fn assert_usable(wire: &mut Wire, why: &str) {
    wire.request("GET", "/count").await;
    assert_eq!(wire.reply().await.body, "counted", "{why}");
}

async fn assert_closed(wire: &mut Wire, status: u16, why: &str) {
    let reply = wire.reply().await;
    let end = (reply.status, reply.header("connection"));
    assert_eq!(end, (status, Some("close")), "{why}");
    assert_eq!(wire.rest().await, "", "{why}");
}

#[tokio::test]
async fn a_small_one_is_read_away_and_is_no_request() {
    let app = App::start().await;
    let mut wire = app.connect().await;
    let table = [
        ("POST /nowhere", 404, "an unknown path"),
        ("DELETE /count", 405, "a wrong method"),
        ("POST /sink", 200, "a handler that does not read"),
        ("POST /peek", 200, "a handler that reads a part"),
        ("GET /panic", 500, "a handler that panics"),
        ("GET /items/x", 404, "a parameter that does not parse"),
    ];

    for (request, status, why) in table {
        for message in [
            sized(request, HIDDEN.len(), HIDDEN),
            chunked(request, HIDDEN),
        ] {
            wire.send(message).await;

            let reply = wire.reply().await;
            assert_eq!(
                (reply.status, reply.header("connection")),
                (status, None),
                "{why}"
            );
            assert_usable(&mut wire, why).await;
        }
    }

    assert_eq!(
        app.handled(),
        4 * table.len(),
        "a request and the next, twice each"
    );
    let posted = 3 * 2 * HIDDEN.len();
    assert_eq!(app.received("POST").await, posted as f64);
}

#[tokio::test]
async fn the_largest_one_that_is_read_away_may_come_in_pieces() {
    let app = App::start().await;
    let mut wire = app.connect().await;
    let body = "x".repeat(LARGE - 1);

    for message in [
        sized("POST /nowhere", body.len(), &body),
        chunked("POST /nowhere", &body),
    ] {
        for piece in message.as_bytes().chunks(10_000) {
            wire.send(piece).await;
        }
        assert_eq!(wire.reply().await.status, 404);
        assert_usable(&mut wire, "all of it was read").await;
    }
}

#[tokio::test]
async fn a_large_one_ends_the_connection() {
    let app = App::start().await;
    let body = "x".repeat(LARGE);

    let mut announced = app.connect().await;
    announced
        .send(sized("POST /nowhere", LARGE, "only the beginning"))
        .await;
    assert_closed(&mut announced, 404, "its length says enough").await;
    assert_eq!(app.received("POST").await, 0.0, "nothing was waited for");
    let mut wire = app.connect().await;
    wire.send(chunked("POST /nowhere", &body)).await;
    assert_closed(&mut wire, 404, "nobody knew its length").await;
}

#[tokio::test]
async fn a_slow_one_ends_the_connection() {
    let at_the_timeout = Limits::new(1 << 20, 100, Duration::from_millis(30));
    let without_timeout = Limits::management(1 << 20, CancellationToken::new());
    for limits in [at_the_timeout, without_timeout] {
        let app = Setup {
            limits,
            ..Setup::default()
        }
        .start()
        .await;
        let mut wire = app.connect().await;

        wire.send(sized("POST /nowhere", 10, "01234")).await;

        assert_closed(&mut wire, 404, "the rest never came").await;
    }
}

#[tokio::test]
async fn one_over_the_limit_of_requests_ends_the_connection() {
    let limits = Limits::new(10, 100, DEADLINE);
    let app = Setup {
        limits,
        ..Setup::default()
    }
    .start()
    .await;

    let mut wire = app.connect().await;
    wire.send(chunked("POST /nowhere", "0123456789a")).await;

    assert_closed(&mut wire, 404, "it is larger than any body may be").await;
}

#[tokio::test]
async fn one_that_meets_an_overload_is_not_waited_for() {
    let app = Setup {
        limits: Limits::new(1 << 20, 1, DEADLINE),
        ..Setup::default()
    }
    .start()
    .await;
    let mut first = app.connect().await;
    first.request("GET", "/wait").await;
    app.latch.arrival().await;

    let mut wire = app.connect().await;
    wire.send(sized("POST /nowhere", HIDDEN.len(), HIDDEN))
        .await;

    assert_closed(&mut wire, 503, "all of it was there to be read").await;
    assert_eq!(app.received("POST").await, 0.0, "nothing was read");
    app.latch.open();
    assert_eq!(first.reply().await.status, 200);
}

#[tokio::test]
async fn one_that_was_only_announced_is_not_asked_for() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    wire.send(
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    )
    .await;

    assert_closed(&mut wire, 404, "the first answer is the last").await;
}
