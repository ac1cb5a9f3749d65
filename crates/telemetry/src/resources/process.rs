//! This process: CPU, memory, descriptors, threads, age, as the kernel counts them.
//!
//! Read directly, where the crates at hand are wrong or costly: `prometheus` has CPU time in whole
//! seconds, and `sysinfo` lists every descriptor, which takes milliseconds when there are many.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use rustix::{
    param,
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

use crate::metrics::Reading;

const FDS: &str = "/proc/self/fd";

/// What `/proc/self/stat` says that is of interest, see proc_pid_stat(5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Stat {
    pub(super) threads: f64,
    /// Between the start of the machine and that of the process.
    started_after: Duration,
    virtual_bytes: f64,
    resident_bytes: f64,
}

impl Stat {
    pub(super) fn read() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/self/stat").ok()?)
    }

    /// The name of the program may hold anything, so fields are counted from its end.
    fn parse(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        // The first field after the name is the third of the manual page.
        let number = |place: usize| fields.get(place - 3)?.parse::<f64>().ok();
        let ticks_per_second = param::clock_ticks_per_second() as f64;
        Some(Self {
            threads: number(20)?,
            started_after: Duration::from_secs_f64(number(22)? / ticks_per_second),
            virtual_bytes: number(23)?,
            resident_bytes: number(24)? * param::page_size() as f64,
        })
    }

    /// How long ago the process started.
    pub(super) fn age(&self) -> Option<Duration> {
        since_boot()?.checked_sub(self.started_after)
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Option<Duration> {
    Some(elapsed(ClockId::Boottime))
}

#[cfg(not(target_os = "linux"))]
fn since_boot() -> Option<Duration> {
    None
}

fn elapsed(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// How many descriptors are open, when the kernel can say so without being asked for each one
/// (Linux 6.2).
pub(super) fn told_fds() -> Option<f64> {
    let told = fs::metadata(FDS).ok()?.len();
    (told > 0).then_some(told as f64)
}

/// How many descriptors are open; with ten thousand of them this can take 10 ms.
pub(super) fn count_fds() -> Option<f64> {
    told_fds().or_else(listed_fds)
}

fn listed_fds() -> Option<f64> {
    // One of those found is the one by which they are found.
    let found = fs::read_dir(FDS).ok()?.count();
    Some(found.saturating_sub(1) as f64)
}

/// When the process started, in seconds since 1970.
pub(super) fn start_time() -> Option<f64> {
    let started = SystemTime::now().checked_sub(Stat::read()?.age()?)?;
    let since_1970 = started.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since_1970.as_secs_f64())
}

/// What a scrape finds.
pub(super) struct Process {
    stat: Option<Stat>,
    open_fds: Option<f64>,
    start_time: Option<f64>,
}

impl Process {
    /// Reads what changes; the number of descriptors, if the kernel does not tell it, is that
    /// of the last sample.
    pub(super) fn read(start_time: Option<f64>, sampled_fds: Option<f64>) -> Self {
        Self {
            stat: Stat::read(),
            open_fds: told_fds().or(sampled_fds),
            start_time,
        }
    }
}

/// The names and meanings that every Prometheus client gives these, see
/// <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.
pub(super) static READINGS: [Reading<Process>; 7] = [
    Reading::counter(
        "process_cpu_seconds_total",
        "CPU time that the process spent, user and system, in seconds.",
        |_| Some(elapsed(ClockId::ProcessCPUTime).as_secs_f64()),
    ),
    Reading::gauge(
        "process_resident_memory_bytes",
        "Memory of the process that is in RAM.",
        |process| Some(process.stat?.resident_bytes),
    ),
    Reading::gauge(
        "process_virtual_memory_bytes",
        "Address space of the process.",
        |process| Some(process.stat?.virtual_bytes),
    ),
    Reading::gauge(
        "process_open_fds",
        "File descriptors that are open.",
        |process| process.open_fds,
    ),
    Reading::gauge(
        "process_max_fds",
        "Most file descriptors that may be open.",
        |_| Some(getrlimit(Resource::Nofile).current? as f64),
    ),
    Reading::gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970.",
        |process| process.start_time,
    ),
    Reading::gauge("process_threads", "Threads of the process.", |process| {
        Some(process.stat?.threads)
    }),
];

#[cfg(test)]
mod tests {
    use std::{fs::File, time::Duration};

    use super::*;

    #[test]
    fn an_old_kernel_lists_as_many_descriptors_as_a_new_one_tells() {
        let files: Vec<File> = (0..50).map(|_| File::open("/dev/null").unwrap()).collect();

        // Tests beside this one open files, too.
        let agreed = servers::poll_until_blocking("a quiet moment", DEADLINE, || {
            match (listed_fds(), told_fds()) {
                (Some(listed), Some(told)) if listed == told => Ok(listed),
                differing => Err(differing),
            }
        });

        assert!(agreed > files.len() as f64);
    }

    #[test]
    fn the_name_of_the_program_may_hold_anything() {
        let numbers = (4..=52).map(|n| n.to_string()).collect::<Vec<_>>();
        let line = format!("7 (a) b) 1 2) S {}", numbers.join(" "));

        let stat = Stat::parse(&line).unwrap();

        assert_eq!((stat.threads, stat.virtual_bytes), (20.0, 23.0));
        assert!(Stat::parse("7 (cut) S 1 2").is_none());
    }

    const DEADLINE: Duration = Duration::from_secs(20);
}
