//! What runs beside the requests when the service stops.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use server::{Connections, Drained, Grace, Lifecycle, serve};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{Instant, sleep},
};
use tokio_util::task::TaskTracker;
use tracing::Level;

use crate::harness::{App, DEADLINE, Log, Setup};

const GRACE: Grace = Grace {
    drain_delay: Duration::from_secs(10),
    shutdown_timeout: Duration::from_secs(35),
};

/// Serves nobody until `lifecycle` has drained.
async fn serve_nobody(lifecycle: Lifecycle) -> Drained {
    let connections = Connections {
        max_connections: 1,
        header_read_timeout: DEADLINE,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nothing = server::App::new(poem::endpoint::make_sync(|_| poem::Response::default()));
    serve(listener, nothing, connections, lifecycle).await
}

#[tokio::test(start_paused = true)]
async fn a_task_is_told_after_the_drain_delay_and_awaited() {
    let lifecycle = Lifecycle::manual(GRACE);
    let ended = Arc::new(AtomicBool::new(false));
    let (mark, stages) = (ended.clone(), lifecycle.clone());
    lifecycle.background("sweep", |stop| async move {
        stop.cancelled().await;
        assert!(stages.stopping().is_cancelled());
        sleep(GRACE.shutdown_timeout / 2).await;
        assert!(!stages.drained().is_cancelled());
        mark.store(true, Ordering::SeqCst);
    });

    lifecycle.drain();
    let drained = serve_nobody(lifecycle).await;

    assert!(ended.load(Ordering::SeqCst), "the task was not awaited");
    assert_eq!(drained, Drained::default());
}

#[tokio::test(start_paused = true)]
async fn a_task_that_does_not_end_is_cut_by_name() {
    let log = Log::listen();
    let lifecycle = Lifecycle::manual(GRACE);
    for _ in 0..2 {
        lifecycle.background("stubborn", |_| future::pending());
    }
    lifecycle.background("obedient", |stop| async move { stop.cancelled().await });

    lifecycle.drain();
    let drained = serve_nobody(lifecycle).await;

    assert_eq!(drained.tasks, [("stubborn", 2)]);
    let warnings = log.of(Level::WARN);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for fact in ["connections=0", "stubborn: 2"] {
        assert!(warnings[0].contains(fact), "no {fact} in {warnings:?}");
    }
}

#[tokio::test]
async fn without_any_time_to_finish_what_is_idle_is_not_cut_but_ends() {
    let grace = Grace {
        drain_delay: Duration::ZERO,
        shutdown_timeout: Duration::ZERO,
    };
    let app = Setup {
        grace,
        ..Setup::default()
    }
    .start()
    .await;
    let mut idle = app.connect().await;
    idle.request("GET", "/count").await;
    idle.reply().await;
    app.lifecycle
        .background("obedient", |stop| async move { stop.cancelled().await });

    app.lifecycle.drain();

    assert_eq!(idle.rest().await, "");
    assert_eq!(app.drained().await, Drained::default());
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_holds_nothing_up() {
    let lifecycle = Lifecycle::manual(GRACE);
    lifecycle.background("broken", |_| async { panic!("the task is broken") });

    lifecycle.drain();

    assert_eq!(serve_nobody(lifecycle).await, Drained::default());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_never_ready_stops_without_the_delay() {
    let lifecycle = Lifecycle::manual(GRACE);
    lifecycle.drain();
    let stages = lifecycle.clone();
    tokio::spawn(async move { stages.stop() });
    let start = Instant::now();

    serve_nobody(lifecycle).await;

    assert!(start.elapsed() < GRACE.drain_delay, "{:?}", start.elapsed());
}

#[tokio::test]
async fn work_that_requests_have_left_behind_is_awaited_too() {
    let app = App::start().await;
    let tasks = TaskTracker::new();
    app.lifecycle.wait_for("writes", tasks.clone());
    let mut busy = app.connect().await;
    busy.request("GET", "/wait").await;
    app.latch.arrival().await;

    app.lifecycle.stop();
    let (finish, finished) = oneshot::channel();
    tasks.spawn(finished);
    app.latch.open();
    assert_eq!(busy.reply().await.status, 200);
    assert_eq!(busy.rest().await, "");
    assert!(!app.lifecycle.drained().is_cancelled());
    finish.send(()).unwrap();

    assert_eq!(app.drained().await, Drained::default());
}
