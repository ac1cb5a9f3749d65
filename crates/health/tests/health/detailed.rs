//! The body of `/health/detailed`.

use std::time::Duration;

use health::{Check, Policy};
use serde_json::{Value, json};

use crate::service::{INTERVAL, Mood, Service, TIMEOUT};

const WHEN: &str = "some time";

/// The report, with a name in the place of every time of day.
async fn report(service: &Service) -> (u16, Value) {
    let (code, mut report) = service.get("/health/detailed").await;
    let checks = report["checks"].as_object_mut().unwrap().values_mut();
    let times = checks.map(|check| &mut check["checked_at"]);
    for time in times.filter(|time| !time.is_null()) {
        mask(time);
    }
    mask(&mut report["timestamp"]);
    (code, report)
}

#[track_caller]
fn mask(time: &mut Value) {
    let text = time.as_str().unwrap();
    assert!(
        text.len() == "2026-01-02T03:04:05.678901Z".len() && text.ends_with('Z'),
        "{text} is not RFC 3339 with microseconds"
    );
    *time = json!(WHEN);
}

#[tokio::test(start_paused = true)]
async fn it_shows_what_is_known_of_each_check() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);
    let memory = || async { Ok::<_, String>(json!({"total": 8, "percent": 12.5, "status": "?"})) };
    service.health.add(Check::new("memory", memory));
    let answer = || async {
        tokio::time::sleep(Duration::from_micros(7_500)).await;
        Ok::<_, String>(42)
    };
    service.health.add(Check::new("slow", answer));
    let starting =
        json!({"status": "unknown", "checked_at": null, "age_ms": null, "latency_ms": null});

    assert_eq!(
        report(&service).await,
        (
            503,
            json!({
                "status": "unhealthy", "timestamp": WHEN, "version": "1.2.3", "uptime_seconds": 0.0,
                "checks": {"database": starting, "memory": starting, "slow": starting},
            })
        )
    );
    service.health.spawn();
    service.pass(Duration::from_millis(1_250)).await;

    assert_eq!(
        report(&service).await,
        (
            200,
            json!({
                "status": "healthy", "timestamp": WHEN, "version": "1.2.3", "uptime_seconds": 1.25,
                "checks": {
                    "database": {
                        "status": "healthy", "checked_at": WHEN, "age_ms": 1_250, "latency_ms": 0.0,
                        "asked": 1,
                    },
                    "memory": {
                        "status": "healthy", "checked_at": WHEN, "age_ms": 1_250, "latency_ms": 0.0,
                        "total": 8, "percent": 12.5,
                    },
                    "slow": {
                        "status": "healthy", "checked_at": WHEN, "age_ms": 1_242, "latency_ms": 8.0,
                        "value": 42,
                    },
                },
            })
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_reason_is_a_code_and_stays_until_the_check_is_healthy() {
    for (mood, reason, latency) in [
        (Mood::Refuses, "failed", Duration::ZERO),
        (Mood::Hangs, "timed out", TIMEOUT),
        (Mood::Panics, "panicked", Duration::ZERO),
    ] {
        let service = Service::new(2);
        service.depend("database", Policy::Required);
        service.turn(mood);
        service.health.spawn();
        service.pass(TIMEOUT + Duration::from_millis(1)).await;

        let (code, report) = service.get("/health/detailed").await;
        let database = &report["checks"]["database"];
        assert_eq!((code, &report["status"]), (503, &json!("unhealthy")));
        assert_eq!(database["reason"], reason, "{mood:?}");
        assert_eq!(database["latency_ms"], latency.as_millis() as f64);
        assert_eq!(
            database["asked"], 1,
            "details are read after a failure, too"
        );
        assert!(!report.to_string().contains("hunter2"), "{report}");

        service.turn(Mood::Answers);
        service.pass(INTERVAL).await;
        let (_, report) = service.get("/health/detailed").await;
        assert_eq!(report["checks"]["database"]["reason"], reason, "one of two");
        service.pass(INTERVAL).await;
        let (code, report) = service.get("/health/detailed").await;
        assert_eq!(code, 200);
        assert_eq!(report["checks"]["database"].get("reason"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_forgiven_has_no_reason() {
    let service = Service::new(1);
    service.depend("database", Policy::Required);
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;

    service.turn(Mood::Refuses);
    service.pass(INTERVAL).await;

    let (code, report) = service.get("/health/detailed").await;
    assert_eq!(code, 200);
    assert_eq!(report["checks"]["database"].get("reason"), None);
}

#[tokio::test(start_paused = true)]
async fn the_code_is_that_of_the_whole() {
    for (policy, code) in [
        (Policy::Required, 503),
        (Policy::Degraded, 503),
        (Policy::Ignored, 200),
    ] {
        let service = Service::new(1);
        service.depend("cache", policy);
        service.turn(Mood::Refuses);
        service.health.spawn();
        service.pass(Duration::from_millis(1)).await;

        let (found, report) = service.get("/health/detailed").await;

        assert_eq!(found, code, "{policy:?}");
        assert_eq!(report["checks"]["cache"]["status"], "unhealthy");
    }
}

#[tokio::test(start_paused = true)]
async fn details_that_panic_or_cannot_be_shown_are_a_failure() {
    let nameless = std::collections::BTreeMap::from([((1, 2), 3)]);
    let checks: [(Check, &str); 2] = [
        (
            Check::new("broken", || async { Ok::<_, String>(()) })
                .details(|| -> u32 { panic!("broken") }),
            "panicked",
        ),
        (
            Check::new("broken", || async { Ok::<_, String>(()) })
                .details(move || nameless.clone()),
            "failed",
        ),
    ];
    for (check, reason) in checks {
        let service = Service::new(1);
        service.health.add(check);
        service.health.spawn();
        service.pass(Duration::from_millis(1)).await;

        let (_, report) = service.get("/health/detailed").await;

        assert_eq!(report["checks"]["broken"]["reason"], reason);
    }
}
