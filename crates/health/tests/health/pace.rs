//! What one check does otherwise than the settings say.

use std::time::Duration;

use health::{Check, Policy};

use crate::service::{INTERVAL, Mood, Service, TIMEOUT};

#[tokio::test(start_paused = true)]
async fn a_check_has_an_interval_of_its_own() {
    let service = Service::new(1);
    let check = service.check("database").interval(INTERVAL / 10);
    service.health.add(check);
    service.health.spawn();

    service.pass(INTERVAL + Duration::from_millis(1)).await;

    assert_eq!(service.runs(), 11, "one at once and one each tenth");
}

#[tokio::test(start_paused = true)]
async fn a_check_has_a_timeout_of_its_own() {
    let service = Service::new(1);
    service
        .health
        .add(service.check("database").timeout(TIMEOUT / 10));
    service.turn(Mood::Hangs);
    service.health.spawn();

    service.pass(TIMEOUT / 5).await;

    assert_eq!(service.status("database").await, "unhealthy");
}

#[tokio::test(start_paused = true)]
async fn a_check_has_thresholds_of_its_own() {
    let service = Service::new(1);
    let check = service.check("database");
    service
        .health
        .add(check.failure_threshold(3).success_threshold(2));
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;

    for (mood, statuses) in [
        (Mood::Refuses, ["healthy", "healthy", "unhealthy"]),
        (Mood::Answers, ["unhealthy", "healthy", "healthy"]),
    ] {
        service.turn(mood);
        for (run, expected) in statuses.into_iter().enumerate() {
            service.pass(INTERVAL).await;
            let status = service.status("database").await;
            assert_eq!(status, expected, "{mood:?}: run {run}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_reason_is_the_checks_own_or_made_of_its_name() {
    for (own, expected) in [
        (None, "database unavailable"),
        (Some("the disk is full"), "the disk is full"),
    ] {
        let service = Service::new(1);
        let check = service.check("database");
        service.health.add(match own {
            None => check,
            Some(reason) => check.reason(reason),
        });
        service.turn(Mood::Refuses);
        service.health.spawn();
        service.pass(Duration::from_millis(1)).await;

        assert_eq!(service.reason().await.as_deref(), Some(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn thresholds_of_nothing_are_one() {
    let service = Service::new(1);
    let check = service.check("database").failure_threshold(0);
    service
        .health
        .add(check.success_threshold(0).policy(Policy::Required));
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;

    service.turn(Mood::Refuses);
    service.pass(INTERVAL).await;
    assert_eq!(service.status("database").await, "unhealthy");
    service.turn(Mood::Answers);
    service.pass(INTERVAL).await;
    assert_eq!(service.status("database").await, "healthy");
}

#[tokio::test(start_paused = true)]
async fn checks_of_different_pace_do_not_wait_for_each_other() {
    let service = Service::new(1);
    let idle = Check::new("idle", || async { Ok::<_, String>(()) });
    service.health.add(idle.interval(Duration::MAX));
    service.depend("database", Policy::Required);
    service.health.spawn();

    service.pass(4 * INTERVAL + Duration::from_millis(1)).await;

    assert_eq!(service.runs(), 5);
    assert_eq!(service.status("idle").await, "healthy", "not yet stale");
}
