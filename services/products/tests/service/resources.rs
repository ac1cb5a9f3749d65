//! What the service says of its process and machine.

use crate::app::{App, BOTH};

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
