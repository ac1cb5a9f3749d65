//! Codes and bodies.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use health::{Health, Policy};
use serde_json::json;

use crate::service::{INTERVAL, Mood, Service};

#[tokio::test(start_paused = true)]
async fn live_is_200_whatever_happens() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);
    service.turn(Mood::Hangs);
    service.health.spawn();
    let _step = service.health.starting("migrations");
    service.draining.cancel();
    service.pass(3 * INTERVAL).await;

    for path in ["/health/live", "/livez"] {
        assert_eq!(
            service.get(path).await,
            (200, json!({"status": "alive"})),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_whose_event_loop_is_held_up_is_not_alive() {
    let service = Service::new(1);
    let (held_up, other) = (Arc::new(AtomicU64::new(0)), Duration::from_secs(3));
    let seconds = Arc::clone(&held_up);
    service
        .health
        .watch_stall(move || Duration::from_secs(seconds.load(Ordering::Relaxed)))
        .watch_stall(move || other);
    let alive = (200, json!({"status": "alive"}));
    let stalled = (
        503,
        json!({"status": "not alive", "reason": "event loop stalled"}),
    );

    for (seconds, expected, why) in [
        (0, &alive, "it turns"),
        (9, &alive, "a second below stall_after"),
        (10, &stalled, "stall_after"),
        (1_000, &stalled, "for long"),
        (0, &alive, "it turns again"),
    ] {
        held_up.store(seconds, Ordering::Relaxed);
        for path in ["/health/live", "/livez"] {
            assert_eq!(service.get(path).await, *expected, "{path}: {why}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ready_says_why_not() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);

    for path in ["/health/ready", "/readyz"] {
        let starting = json!({"status": "not ready", "reason": "starting"});
        assert_eq!(service.get(path).await, (503, starting), "{path}");
    }
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;
    for path in ["/health/ready", "/readyz"] {
        assert_eq!(
            service.get(path).await,
            (200, json!({"status": "ready"})),
            "{path}"
        );
    }
    service.turn(Mood::Refuses);
    service.pass(3 * INTERVAL).await;
    assert_eq!(
        service.reason().await.as_deref(),
        Some("database unavailable")
    );
    service.draining.cancel();
    assert_eq!(service.reason().await.as_deref(), Some("draining"));
}

#[tokio::test]
async fn startup_waits_for_each_step() {
    let service = Service::new(1);
    let migrations = service.health.starting("migrations");
    let cache = service.health.starting("cache");

    let both = json!({"status": "starting", "waiting_for": ["migrations", "cache"]});
    assert_eq!(service.get("/health/startup").await, (503, both));
    migrations.done();
    let one = json!({"status": "starting", "waiting_for": ["cache"]});
    assert_eq!(service.get("/startupz").await, (503, one));
    assert_eq!(service.reason().await.as_deref(), Some("starting"));
    cache.done();
    let none = json!({"status": "started", "waiting_for": []});
    assert_eq!(service.get("/health/startup").await, (200, none));
    assert_eq!(service.reason().await, None);
}

#[tokio::test]
async fn a_step_that_was_given_up_is_not_done() {
    let service = Service::new(1);

    drop(service.health.starting("migrations"));

    assert_eq!(service.reason().await.as_deref(), Some("starting"));
}

#[tokio::test(start_paused = true)]
async fn the_policy_says_what_a_failure_means() {
    for (policy, overall, reason) in [
        (Policy::Required, "unhealthy", Some("cache unavailable")),
        (Policy::Degraded, "degraded", None),
        (Policy::Ignored, "healthy", None),
    ] {
        let service = Service::new(1);
        service.depend("cache", policy);
        service.turn(Mood::Refuses);
        service.health.spawn();
        service.pass(3 * INTERVAL).await;

        let (status, body) = service.get("/health").await;

        assert_eq!(status, 200, "{policy:?}");
        assert_eq!(body["status"], overall, "{policy:?}");
        assert_eq!(body["checks"], json!({"cache": "unhealthy"}), "{policy:?}");
        assert_eq!(body["version"], "1.2.3");
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
        assert!(!body.to_string().contains("hunter2"), "{body}");
        assert_eq!(service.reason().await.as_deref(), reason, "{policy:?}");
    }
}

#[tokio::test]
async fn a_check_without_a_result_is_unknown_and_not_healthy() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);

    let (_, body) = service.get("/health").await;

    assert_eq!(body["status"], "unhealthy");
    assert_eq!(body["checks"], json!({"database": "unknown"}));
}

#[tokio::test]
async fn every_spec_is_a_route_and_answers_one_of_its_codes() {
    let service = Service::new(1);

    for (method, path, codes) in Health::specs() {
        assert_eq!(method, "GET");
        assert!(codes.contains(&service.get(path).await.0), "{path}");
    }
}
