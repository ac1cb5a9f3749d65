//! What is sampled once an interval, since reading it at every scrape would cost too much or
//! would be a mean over no time.

use std::path::{Path, PathBuf};

use super::{
    cgroup::Limits,
    process::{self, Stat},
    system::{Machine, Sight},
};
use crate::{metrics::Reading, runtime::Workers};

/// What was seen last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) open_fds: Option<f64>,
    stat: Option<Stat>,
    limits: Limits,
    machine: Sight,
    busy_ratio: Option<f64>,
}

/// Looks around.
pub(super) struct Sampler {
    machine: Machine,
    workers: Workers,
}

impl Sampler {
    pub(super) fn new(disk_path: PathBuf, workers: Workers) -> Self {
        let machine = Machine::new(disk_path);
        Self { machine, workers }
    }

    pub(super) fn sample(&mut self) -> Sample {
        let stat = Stat::read();
        Sample {
            open_fds: process::count_fds(),
            stat,
            limits: Limits::read(Path::new("/")),
            machine: self.machine.look(),
            busy_ratio: Some(self.workers.busy_ratio()),
        }
    }
}

impl Sample {
    /// The cgroup's limit, or all that the machine has.
    fn memory_limit_bytes(&self) -> Option<f64> {
        let limit = self.limits.memory_bytes.map(|bytes| bytes as f64);
        smaller(limit, self.machine.memory_total_bytes)
    }

    fn cpu_limit_cores(&self) -> Option<f64> {
        smaller(self.limits.cpu_cores, self.machine.cores)
    }
}

fn smaller(limit: Option<f64>, available: Option<f64>) -> Option<f64> {
    match (limit, available) {
        (Some(limit), Some(available)) => Some(limit.min(available)),
        (limit, available) => limit.or(available),
    }
}

pub(super) static READINGS: [Reading<Sample>; 14] = [
    Reading::gauge(
        "custom_process_open_fds",
        "File descriptors that were open at the last sample.",
        |sample| sample.open_fds,
    ),
    Reading::gauge(
        "custom_process_threads",
        "Threads of the process at the last sample.",
        |sample| Some(sample.stat?.threads),
    ),
    Reading::gauge(
        "process_uptime_seconds",
        "Time since the process started, in seconds.",
        |sample| Some(sample.stat?.age()?.as_secs_f64()),
    ),
    Reading::gauge(
        "process_memory_limit_bytes",
        "Memory that the process may use: the cgroup's limit, else the machine's memory.",
        Sample::memory_limit_bytes,
    ),
    Reading::gauge(
        "process_cpu_limit_cores",
        "CPU time per time that the process may use: the cgroup's limit, else the processors.",
        Sample::cpu_limit_cores,
    ),
    Reading::gauge(
        "system_cpu_usage_ratio",
        "Share of the machine's CPU time that was used over the last interval, 0 to 1.",
        |sample| sample.machine.cpu_usage_ratio,
    ),
    Reading::gauge(
        "system_memory_total_bytes",
        "Memory of the machine.",
        |sample| sample.machine.memory_total_bytes,
    ),
    Reading::gauge(
        "system_memory_available_bytes",
        "Memory of the machine that new work can have without swapping.",
        |sample| sample.machine.memory_available_bytes,
    ),
    load("1m", |sample| Some(sample.machine.load?[0])),
    load("5m", |sample| Some(sample.machine.load?[1])),
    load("15m", |sample| Some(sample.machine.load?[2])),
    Reading::gauge(
        "disk_total_bytes",
        "Size of the volume that the service's data is on.",
        |sample| sample.machine.disk_total_bytes,
    ),
    Reading::gauge(
        "disk_free_bytes",
        "Room left on that volume for programs that are not root's.",
        |sample| sample.machine.disk_free_bytes,
    ),
    Reading::gauge(
        "tokio_worker_busy_ratio",
        "Share of the workers' time that was spent on tasks over the last interval, 0 to 1.",
        |sample| sample.busy_ratio,
    ),
];

const fn load(window: &'static str, value: fn(&Sample) -> Option<f64>) -> Reading<Sample> {
    Reading::gauge(
        "system_load_average",
        "Mean number of the machine's tasks that run, wait for a processor or wait for a disk.",
        value,
    )
    .labelled("window", window)
}
