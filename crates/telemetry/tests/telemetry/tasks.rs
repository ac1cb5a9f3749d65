//! Background work, however it ends.

use std::{future, io, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use telemetry::TimedOut;
use tokio::task;

use crate::app::{App, Scrape};

const ENOUGH: Duration = Duration::from_secs(3600);

fn total(outcome: &str) -> String {
    format!("async_tasks_total{{outcome=\"{outcome}\",task=\"sweep\"}}")
}

/// How many runs ended as ok, error, timeout, cancelled; and how many have not.
fn counts(scrape: &Scrape) -> ([f64; 4], f64) {
    let ended = ["ok", "error", "timeout", "cancelled"].map(|outcome| scrape[&total(outcome)]);
    let timed = scrape["async_task_duration_seconds_count{task=\"sweep\"}"];
    assert_eq!(timed, ended.iter().sum::<f64>(), "each end is timed");
    (ended, scrape["async_tasks_in_progress{task=\"sweep\"}"])
}

async fn sweep() -> io::Result<u32> {
    task::yield_now().await;
    Ok(3)
}

async fn fail() -> io::Result<u32> {
    task::yield_now().await;
    Err(io::ErrorKind::NotFound.into())
}

async fn give_up() -> io::Result<u32> {
    task::yield_now().await;
    panic!("no more")
}

#[tokio::test]
async fn a_declared_task_is_there_at_zero_with_every_outcome() {
    let app = App::new();

    app.metrics().declare_task("sweep");

    assert_eq!(counts(&app.scrape().await), ([0.0; 4], 0.0));
}

#[tokio::test]
async fn each_end_has_its_outcome_and_the_caller_gets_the_result() {
    let app = App::new();
    let metrics = app.metrics();

    let swept = metrics.track_async_task("sweep", sweep()).await;
    assert_eq!(swept.unwrap(), 3);
    assert_eq!(counts(&app.scrape().await), ([1.0, 0.0, 0.0, 0.0], 0.0));

    let failed = metrics.track_async_task("sweep", fail()).await;
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(counts(&app.scrape().await), ([1.0, 1.0, 0.0, 0.0], 0.0));

    let panicking = AssertUnwindSafe(metrics.track_async_task("sweep", give_up()));
    assert!(panicking.catch_unwind().await.is_err());
    assert_eq!(counts(&app.scrape().await), ([1.0, 2.0, 0.0, 0.0], 0.0));
}

#[tokio::test]
async fn a_task_that_takes_too_long_is_dropped_and_its_caller_told() {
    let app = App::new();
    let metrics = app.metrics();
    let within = |limit| metrics.track_async_task_within("sweep", limit, sweep());

    assert_eq!(within(ENOUGH).await.unwrap().unwrap(), 3);
    let failed = metrics.track_async_task_within("sweep", ENOUGH, fail());
    assert!(failed.await.unwrap().is_err());
    let stuck = future::pending::<io::Result<()>>();
    let limit = Duration::from_millis(20);
    let late = metrics.track_async_task_within("sweep", limit, stuck).await;

    let error = late.unwrap_err();
    assert_eq!(
        error,
        TimedOut {
            task: "sweep",
            limit
        }
    );
    assert_eq!(error.to_string(), "task sweep took longer than 20ms");
    let panicking = AssertUnwindSafe(metrics.track_async_task_within("sweep", ENOUGH, give_up()));
    assert!(panicking.catch_unwind().await.is_err());
    drop(within(ENOUGH));
    assert_eq!(counts(&app.scrape().await), ([1.0, 2.0, 1.0, 1.0], 0.0));
}

#[tokio::test]
async fn a_task_is_in_progress_from_the_call_until_it_is_dropped() {
    let app = App::new();
    let stuck = || future::pending::<io::Result<()>>();

    let not_polled = app.metrics().track_async_task("sweep", stuck());
    let mut polled = Box::pin(app.metrics().track_async_task("sweep", stuck()));
    assert!(polled.as_mut().now_or_never().is_none());

    assert_eq!(counts(&app.scrape().await), ([0.0; 4], 2.0));
    drop((not_polled, polled));
    assert_eq!(counts(&app.scrape().await), ([0.0, 0.0, 0.0, 2.0], 0.0));
}

#[tokio::test]
async fn a_task_dropped_while_something_else_panics_is_cancelled() {
    let app = App::new();
    let bystander = app.metrics().track_async_task("sweep", sweep());

    let panicking = tokio::spawn(async move {
        let _bystander = bystander;
        panic!("not the task's fault");
    });

    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(counts(&app.scrape().await), ([0.0, 0.0, 0.0, 1.0], 0.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_one_of_many_tasks_that_are_aborted_at_any_moment_is_counted_once() {
    let app = App::new();

    let running: Vec<_> = (0..2000)
        .map(|n| {
            let work = async move {
                for _ in 0..n % 7 {
                    task::yield_now().await;
                }
                if n % 5 == 0 {
                    fail().await
                } else {
                    sweep().await
                }
            };
            tokio::spawn(app.metrics().track_async_task("sweep", work))
        })
        .collect();
    for task in running.iter().step_by(3) {
        task.abort();
    }
    let mut ledger = [0.0; 4];
    for task in running {
        match task.await {
            Ok(Ok(_)) => ledger[0] += 1.0,
            Ok(Err(_)) => ledger[1] += 1.0,
            Err(_) => ledger[3] += 1.0,
        }
    }

    assert_eq!(counts(&app.scrape().await), (ledger, 0.0));
}
