//! What the service says of its process, its machine and its background work.

use std::time::Duration;

use crate::app::App;
use crate::place::BOTH;

#[tokio::test]
async fn the_first_scrape_shows_process_machine_and_runtime() {
    for engine in BOTH {
        let app = App::start(engine).await;

        for series in [
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_open_fds",
            "process_uptime_seconds",
            "process_memory_limit_bytes",
            "process_cpu_limit_cores",
            "system_memory_available_bytes",
            "disk_total_bytes",
            "disk_free_bytes",
            "tokio_workers",
            "tokio_alive_tasks",
        ] {
            assert!(app.metric(series).await > 0.0, "{engine:?}: {series}");
        }
    }
}

#[tokio::test]
async fn the_purge_of_idempotency_keys_is_a_task() {
    for engine in BOTH {
        let app = App::start(engine).await;

        servers::poll_until("the first purge", Duration::from_secs(20), || async {
            let done = "async_tasks_total{outcome=\"ok\",task=\"idempotency_purge\"}";
            match app.metric(done).await {
                1.0 => Ok(()),
                times => Err(times),
            }
        })
        .await;

        for outcome in ["error", "timeout", "cancelled"] {
            let series =
                format!("async_tasks_total{{outcome=\"{outcome}\",task=\"idempotency_purge\"}}");
            assert_eq!(app.metric(&series).await, 0.0, "{engine:?}: {outcome}");
        }
    }
}
