//! Checks that block a thread.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use health::{Check, Policy};

use crate::service::Service;

const PACE: Duration = Duration::from_millis(10);

#[tokio::test]
async fn what_it_finds_is_shown() {
    let service = Service::paced(PACE, Duration::from_secs(20), 1);
    let disk = Check::blocking("disk", || Ok::<_, String>([("free", 7)]));
    service.health.add(disk);
    service.health.spawn();

    service.becomes("disk", "healthy").await;

    let (_, report) = service.get("/health/detailed").await;
    assert_eq!(
        report["checks"]["disk"]["value"],
        serde_json::json!([["free", 7]])
    );
}

#[tokio::test]
async fn a_run_that_hangs_is_a_failure_and_no_other_begins_meanwhile() {
    let service = Service::paced(PACE, PACE, 1);
    let begun = Arc::new(AtomicUsize::new(0));
    let (free, until) = mpsc::channel::<()>();
    let (runs, until) = (Arc::clone(&begun), Mutex::new(until));
    service.health.add(Check::blocking("disk", move || {
        runs.fetch_add(1, Ordering::Relaxed);
        let _ = until.lock().unwrap().recv();
        Ok::<_, String>(())
    }));
    // It turns while the other one hangs.
    service.depend("database", Policy::Required);
    service.health.spawn();
    service.becomes("disk", "unhealthy").await;

    let runs = service.runs();
    servers::poll_until("runs of another check", Duration::from_secs(20), || {
        let more = service.runs() - runs;
        async move { if more > 20 { Ok(()) } else { Err(more) } }
    })
    .await;
    assert_eq!(begun.load(Ordering::Relaxed), 1, "threads pile up");
    let (_, report) = service.get("/health/detailed").await;
    assert_eq!(report["checks"]["disk"]["reason"], "timed out");

    drop(free);
    service.becomes("disk", "healthy").await;
}

#[tokio::test]
async fn a_panic_is_a_failure() {
    let service = Service::paced(PACE, Duration::from_secs(20), 1);
    let broken = Check::blocking("disk", || -> Result<(), String> { panic!("broken") });
    service.health.add(broken);
    service.health.spawn();

    service.becomes("disk", "unhealthy").await;

    let (_, report) = service.get("/health/detailed").await;
    assert_eq!(report["checks"]["disk"]["reason"], "panicked");
}
