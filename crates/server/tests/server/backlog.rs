//! Clients that are about to be served when the service stops.

use std::{sync::mpsc, time::Duration};

use server::Drained;
use tokio::{net::TcpStream, task::JoinHandle};

use crate::harness::{App, DEADLINE, Wire, app_with, within};

#[tokio::test]
async fn those_in_the_backlog_have_one_request_answered() {
    let app = app_with(1, DEADLINE).await;
    let mut busy = app.connect().await;
    busy.request("GET", "/wait").await;
    app.latch.arrival().await;
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut wire = app.connect().await;
        wire.request("GET", "/count").await;
        waiting.push(wire);
    }

    app.lifecycle.stop();
    within(async { while TcpStream::connect(app.addr).await.is_ok() {} }).await;
    app.latch.open();

    assert_eq!(busy.reply().await.status, 200);
    for mut wire in waiting {
        let reply = wire.reply().await;
        assert_eq!(
            (reply.status, reply.header("connection")),
            (200, Some("close"))
        );
        assert_eq!(wire.rest().await, "");
    }
    assert_eq!(app.drained().await, Drained::default());
}

#[tokio::test]
async fn one_that_has_just_connected_may_send_its_request() {
    let app = App::start().await;
    let (release, clock) = hold_clock();
    let mut wire = app.connect().await;

    app.lifecycle.stop();
    within(async { while TcpStream::connect(app.addr).await.is_ok() {} }).await;
    wire.request("GET", "/count").await;
    let reply = wire.reply().await;

    assert_eq!(
        (reply.status, reply.header("connection")),
        (200, Some("close"))
    );
    drop(release);
    clock.await.unwrap();
    assert_eq!(app.drained().await, Drained::default());
}

/// Stops the clock of the runtime until the sender is dropped: a paused one does not jump while a
/// blocking task runs.
fn hold_clock() -> (mpsc::Sender<()>, JoinHandle<()>) {
    tokio::time::pause();
    let (release, released) = mpsc::channel::<()>();
    let held = tokio::task::spawn_blocking(move || {
        let _ = released.recv();
    });
    (release, held)
}

/// Sends half a head on a connection that is new, or has had an answer.
async fn begin_head(app: &App, new: bool) -> Wire {
    let mut wire = app.connect().await;
    if !new {
        wire.request("GET", "/count").await;
        assert_eq!(wire.reply().await.status, 200);
    }
    wire.send("GET /count HTTP/1.1\r\nHo").await;
    // The accept loop and this connection are served in turn.
    assert_eq!(app.ask("GET", "/count").await.status, 200);
    wire
}

#[tokio::test]
async fn a_head_that_has_begun_may_be_finished() {
    for new in [true, false] {
        let app = App::start().await;
        let mut wire = begin_head(&app, new).await;
        let mut silent = app.connect().await;

        app.lifecycle.stop();
        assert_eq!(silent.rest().await, "", "younger, and closed by now");
        wire.send("st: test\r\n\r\n").await;
        let reply = wire.reply().await;

        assert_eq!(
            (reply.status, reply.header("connection")),
            (200, Some("close")),
            "new: {new}"
        );
        assert_eq!(app.drained().await, Drained::default());
    }
}

#[tokio::test]
async fn a_head_that_is_never_finished_holds_up_the_end_as_long_as_any_head() {
    for new in [true, false] {
        let app = app_with(100, Duration::from_millis(500)).await;
        let mut wire = begin_head(&app, new).await;

        app.lifecycle.stop();

        assert_eq!(app.drained().await, Drained::default(), "new: {new}");
        assert!(!wire.rest().await.contains("200"), "new: {new}");
    }
}
