//! When a check changes its mind.

use std::time::Duration;

use health::{Check, Policy};
use tokio::time::timeout;

use crate::service::{INTERVAL, Mood, Service, TIMEOUT};

const UNAVAILABLE: Option<&str> = Some("database unavailable");

async fn healthy(successes: u32) -> Service {
    let service = Service::new(successes);
    service.depend("database", Policy::Required);
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;
    assert_eq!(service.reason().await, None);
    service
}

#[tokio::test(start_paused = true)]
async fn one_failure_is_forgiven_and_two_in_a_row_are_not() {
    let service = healthy(1).await;

    service.turn(Mood::Refuses);
    service.pass(INTERVAL).await;
    assert_eq!(service.reason().await, None);
    service.turn(Mood::Answers);
    service.pass(INTERVAL).await;
    service.turn(Mood::Refuses);
    service.pass(INTERVAL).await;
    assert_eq!(service.reason().await, None);
    service.pass(INTERVAL).await;
    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn recovery_takes_as_many_successes_as_it_is_told() {
    let service = healthy(2).await;
    service.turn(Mood::Refuses);
    service.pass(2 * INTERVAL).await;
    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);

    service.turn(Mood::Answers);
    service.pass(INTERVAL).await;
    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);
    service.pass(INTERVAL).await;
    assert_eq!(service.reason().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_first_result_decides_alone() {
    let service = Service::new(3);
    service.depend("database", Policy::Required);
    service.turn(Mood::Refuses);
    service.health.spawn();

    service.pass(Duration::from_millis(1)).await;

    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_hangs_is_found_out_within_two_intervals_and_a_timeout() {
    let service = healthy(1).await;

    service.turn(Mood::Hangs);
    service.pass(2 * INTERVAL).await;
    assert_eq!(service.reason().await, None);
    service.pass(TIMEOUT).await;

    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_check_does_not_delay_another_one() {
    let service = Service::new(1);
    let slow = Check::new("slow", std::future::pending::<Result<(), String>>);
    service.health.add(slow.policy(Policy::Degraded));
    service.depend("database", Policy::Required);
    service.health.spawn();

    service.pass(Duration::from_millis(1)).await;

    assert_eq!(service.reason().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_has_failed_and_runs_again() {
    let service = healthy(1).await;

    service.turn(Mood::Panics);
    service.pass(2 * INTERVAL).await;
    assert_eq!(service.reason().await.as_deref(), UNAVAILABLE);
    service.turn(Mood::Answers);
    service.pass(INTERVAL).await;

    assert_eq!(service.reason().await, None);
}

#[tokio::test(start_paused = true)]
async fn spawning_again_starts_only_what_is_new() {
    let service = healthy(1).await;
    service.depend("cache", Policy::Degraded);
    let before = service.runs();

    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;

    assert_eq!(service.runs(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_check_is_not_run_again_and_keeps_its_last_result() {
    let service = healthy(1).await;

    let stopped = timeout(TIMEOUT, service.health.stop()).await;
    assert!(stopped.is_ok(), "the checks go on");
    let runs = service.runs();
    service.turn(Mood::Refuses);
    service.pass(2 * INTERVAL).await;

    assert_eq!(service.runs(), runs);
    assert_eq!(service.reason().await, None);
}

#[tokio::test(start_paused = true)]
async fn only_a_change_is_logged() {
    let service = healthy(1).await;
    assert_eq!(service.journal.read(), ["INFO Health check passed"]);

    service.turn(Mood::Refuses);
    service.pass(6 * INTERVAL).await;
    assert_eq!(service.journal.read(), ["WARN Health check failed"]);
    service.turn(Mood::Answers);
    service.pass(6 * INTERVAL).await;
    assert_eq!(service.journal.read(), ["INFO Health check passed"]);
}
