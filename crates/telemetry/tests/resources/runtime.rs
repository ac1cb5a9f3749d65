//! The tokio runtime that was handed over.

use std::{
    future, hint,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use tokio::{runtime::Builder, task};

use crate::watched::Watched;

#[test]
fn workers_and_tasks_are_those_of_the_runtime_that_was_handed_over() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(3)
        .enable_all()
        .build()
        .unwrap();
    let watched = Watched::of(runtime.handle());
    let waiting: Vec<_> = (0..7)
        .map(|_| runtime.spawn(future::pending::<()>()))
        .collect();

    // One more task is the heartbeat.
    assert_eq!(watched.read("tokio_alive_tasks"), 8.0);
    assert_eq!(watched.read("tokio_workers"), 3.0);

    waiting.iter().for_each(task::JoinHandle::abort);
    watched.wait("tokio_alive_tasks", |alive| alive == 1.0);
}

#[test]
fn tasks_that_no_worker_takes_are_in_the_global_queue() {
    let (watched, runtime) = Watched::start();
    let (free, held) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel();
    runtime.spawn(async move {
        started.send(()).unwrap();
        held.recv()
    });
    start.recv().unwrap();

    let queued: Vec<_> = (0..5).map(|_| runtime.spawn(async {})).collect();

    watched.wait("tokio_global_queue_depth", |depth| depth >= 5.0);
    drop(free);
    watched.wait("tokio_global_queue_depth", |depth| depth == 0.0);
    drop(queued);
}

#[test]
fn workers_are_busy_while_tasks_run_and_not_while_they_wait() {
    let (watched, runtime) = Watched::start();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    runtime.spawn(async move {
        while !stopped.load(Ordering::Relaxed) {
            // Long pieces: between them the worker looks after sockets and timers, which is no task.
            let piece = Instant::now();
            while piece.elapsed() < Duration::from_millis(5) {
                hint::spin_loop();
            }
            task::yield_now().await;
        }
    });

    watched.wait("tokio_worker_busy_ratio", |ratio| ratio > 0.7);
    stop.store(true, Ordering::Relaxed);

    watched.wait("tokio_worker_busy_ratio", |ratio| ratio < 0.3);
}
