//! What a result is worth that nobody has renewed.

use std::time::Duration;

use health::Policy;
use serde_json::json;
use tokio::time::timeout;

use crate::service::{INTERVAL, Mood, Service, TIMEOUT};

/// With two failures allowed, as README.md has it.
const STALE_AFTER: Duration = Duration::from_secs(12);
const MOMENT: Duration = Duration::from_millis(1);

/// A healthy check that nobody runs any more.
async fn abandoned(policy: Policy) -> Service {
    let service = Service::new(1);
    service.depend("database", policy);
    service.health.spawn();
    service.pass(MOMENT).await;
    assert_eq!(service.status("database").await, "healthy");
    timeout(TIMEOUT, service.health.stop()).await.unwrap();
    service
}

#[tokio::test(start_paused = true)]
async fn a_stale_result_is_a_failure_everywhere() {
    for (policy, whole, ready) in [
        (Policy::Required, "unhealthy", Some("database unavailable")),
        (Policy::Degraded, "degraded", None),
        (Policy::Ignored, "healthy", None),
    ] {
        let service = abandoned(policy).await;
        assert_eq!(STALE_AFTER, 2 * INTERVAL + 2 * TIMEOUT);

        service.pass(STALE_AFTER - 2 * MOMENT).await;
        assert_eq!(service.status("database").await, "healthy", "{policy:?}");
        service.pass(3 * MOMENT).await;

        assert_eq!(service.reason().await.as_deref(), ready, "{policy:?}");
        let (_, summary) = service.get("/health").await;
        assert_eq!(summary["status"], whole, "{policy:?}");
        assert_eq!(summary["checks"], json!({"database": "unhealthy"}));
        let (code, report) = service.get("/health/detailed").await;
        assert_eq!(code, if whole == "healthy" { 200 } else { 503 });
        let database = &report["checks"]["database"];
        assert_eq!(database["status"], "unhealthy", "{policy:?}");
        assert_eq!(database["reason"], "stale", "{policy:?}");
        assert!(database["age_ms"].as_u64() > Some(12_000), "{database}");
        assert_eq!(service.get("/livez").await.0, 200, "the process lives");
    }
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_turns_is_never_stale() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);
    service.turn(Mood::Hangs);
    service.health.spawn();

    for _ in 0..300 {
        service.pass(Duration::from_millis(100)).await;
        let (_, report) = service.get("/health/detailed").await;
        assert_ne!(report["checks"]["database"]["reason"], "stale", "{report}");
    }
}

#[tokio::test]
async fn a_loop_that_was_held_up_says_so_and_recovers_by_successes() {
    let pace = Duration::from_millis(100);
    let service = Service::paced(pace, pace, 2);
    service.depend("database", Policy::Required);
    service.health.spawn();
    service.becomes("database", "healthy").await;
    service.journal.read();

    // The mistake that this is all about: it blocks the runtime of the checks.
    servers::poll_until_blocking("a stale result", Duration::from_secs(20), || {
        let status = futures_util::FutureExt::now_or_never(service.status("database"));
        match status.as_deref() {
            Some("unhealthy") => Ok(()),
            other => Err(other.map(str::to_owned)),
        }
    });
    service.becomes("database", "healthy").await;

    let log = service.journal.read();
    let told = ["WARN Health check failed", "INFO Health check passed"];
    assert!(log.ends_with(&told.map(str::to_owned)), "{log:?}");
}
