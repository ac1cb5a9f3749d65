//! What is sampled: the machine, its volumes, its limits.

use std::{
    process::Command,
    sync::mpsc::{self, TryRecvError},
    thread,
    time::Duration,
};

use telemetry::{Disk, Memory, Metrics, MetricsError, MetricsSettings, ResourceSettings};
use tokio::runtime::Builder;

use crate::watched::{self, DEADLINE, Watched};

const SAMPLED: [&str; 14] = [
    "custom_process_open_fds",
    "custom_process_threads",
    "process_uptime_seconds",
    "process_memory_limit_bytes",
    "process_cpu_limit_cores",
    "system_cpu_usage_ratio",
    "system_memory_total_bytes",
    "system_memory_available_bytes",
    "system_load_average{window=\"1m\"}",
    "system_load_average{window=\"5m\"}",
    "system_load_average{window=\"15m\"}",
    "disk_total_bytes",
    "disk_free_bytes",
    "tokio_worker_busy_ratio",
];

/// What df says of a path, in bytes.
fn df(column: &str, path: &str) -> f64 {
    df_text(column, path).parse().unwrap()
}

fn df_percent(path: &str) -> f64 {
    df_text("pcent", path)
        .trim_end_matches('%')
        .parse()
        .unwrap()
}

fn df_text(column: &str, path: &str) -> String {
    let arguments = ["--block-size=1", &format!("--output={column}"), path];
    let output = Command::new("df").args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().to_owned()
}

#[test]
fn the_first_scrape_has_a_sample_however_rarely_they_are_taken() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    let watched = Watched::with(runtime.handle(), day, ".");

    let scrape = watched.scrape();

    for series in SAMPLED {
        assert!(scrape.contains_key(series), "{series}");
    }
    // An idle machine may have no load, and a runtime that does not run is not busy.
    let positive = SAMPLED
        .iter()
        .filter(|series| !series.starts_with("system_load") && !series.starts_with("tokio"));
    for series in positive {
        assert!(scrape[*series] > 0.0, "{series}");
    }
    assert!(scrape["system_cpu_usage_ratio"] <= 1.0);
}

#[test]
fn the_volume_is_that_of_the_path() {
    let (_, runtime) = Watched::start();
    // Two volumes that differ on every Linux.
    for path in ["/", "/dev/shm"] {
        let watched = Watched::with(runtime.handle(), Duration::from_millis(20), path);

        watched.agrees("disk_total_bytes", || df("size", path));
        watched.agrees("disk_free_bytes", || df("avail", path));
    }
}

#[test]
fn memory_is_the_machines_and_the_limit_is_at_most_that() {
    let (watched, _runtime) = Watched::start();
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total = meminfo.lines().next().unwrap().split_whitespace().nth(1);
    let total = total.unwrap().parse::<f64>().unwrap() * 1024.0;

    let scrape = watched.scrape();

    assert_eq!(scrape["system_memory_total_bytes"], total);
    assert!(scrape["system_memory_available_bytes"] < total);
    assert!(scrape["process_memory_limit_bytes"] <= total);
}

#[test]
fn memory_read_afresh_is_within_the_limit() {
    let (watched, _runtime) = Watched::start();
    let limit = watched.read("process_memory_limit_bytes");

    let memory = Memory::read().unwrap();

    assert_eq!(memory.total as f64, limit);
    assert!(0 < memory.available && memory.available < memory.total);
    let percent = 100.0 * (1.0 - memory.available as f64 / limit);
    assert!((memory.percent - percent).abs() <= 0.05, "{memory:?}");
}

#[test]
fn a_disk_is_what_df_says() {
    for path in ["/", "/dev/shm"] {
        // Other programs write meanwhile.
        servers::poll_until_blocking(path, DEADLINE, || {
            let before = df("avail", path);
            let disk = Disk::of(path).unwrap();
            let free = disk.free as f64;
            // df rounds up.
            let percent = disk.percent.ceil()..=disk.percent.ceil() + 1.0;
            let as_told = disk.total as f64 == df("size", path)
                && free == before
                && percent.contains(&df_percent(path));
            if as_told { Ok(()) } else { Err(disk) }
        });
    }
    assert!(Disk::of("/no/such/path").is_err());
}

#[test]
fn the_machines_processors_are_used_while_one_is_kept_busy() {
    let (watched, _runtime) = Watched::start();
    let cores = thread::available_parallelism().unwrap().get() as f64;
    let (stop, stopped) = mpsc::channel::<()>();
    let busy = thread::spawn(move || while stopped.try_recv() == Err(TryRecvError::Empty) {});

    watched.wait("system_cpu_usage_ratio", |ratio| ratio > 0.5 / cores);

    drop(stop);
    busy.join().unwrap();
}

#[test]
fn what_the_machine_does_not_tell_is_left_out_and_the_rest_is_there() {
    let (_, runtime) = Watched::start();

    let watched = Watched::with(runtime.handle(), Duration::from_secs(10), "/no/such/path");

    let scrape = watched.scrape();
    let missing = SAMPLED
        .iter()
        .filter(|series| !scrape.contains_key(**series));
    let missing: Vec<_> = missing.collect();
    assert_eq!(missing, [&"disk_total_bytes", &"disk_free_bytes"]);
}

#[test]
fn without_a_watcher_no_old_sample_is_shown() {
    let (watched, _runtime) = Watched::start();
    let Watched {
        metrics,
        watcher,
        scraper,
    } = watched;

    drop(watcher);

    let gone = servers::poll_until_blocking("the samples to go", DEADLINE, || {
        let scrape = watched::scrape(&metrics, &scraper);
        let left = SAMPLED
            .iter()
            .filter(|series| scrape.contains_key(**series));
        match left.count() {
            0 => Ok(scrape),
            left => Err(left),
        }
    });
    assert!(gone.contains_key("process_cpu_seconds_total"));
}

#[test]
fn resources_are_watched_once() {
    let (watched, runtime) = Watched::start();

    let again = watched
        .metrics
        .watch(&ResourceSettings::default(), runtime.handle());

    assert!(matches!(again, Err(MetricsError::Registry(_))));
    let other = Metrics::new(&MetricsSettings::default()).unwrap();
    assert!(
        other
            .watch(&ResourceSettings::default(), runtime.handle())
            .is_ok()
    );
}
