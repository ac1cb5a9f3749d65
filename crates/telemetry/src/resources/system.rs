//! The machine around this process.

use std::path::PathBuf;

use sysinfo::{LoadAvg, MemoryRefreshKind, System};

use super::disk::Disk;

/// Reads the machine's CPU time, memory and load again and again.
pub(super) struct Machine {
    /// Knows the CPU times of the reading before.
    system: Option<System>,
    disk_path: PathBuf,
}

/// What the machine is like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sight {
    pub(super) cores: Option<f64>,
    pub(super) cpu_usage_ratio: Option<f64>,
    pub(super) memory_total_bytes: Option<f64>,
    pub(super) memory_available_bytes: Option<f64>,
    pub(super) load: Option<[f64; 3]>,
    pub(super) disk_total_bytes: Option<f64>,
    pub(super) disk_free_bytes: Option<f64>,
}

impl Machine {
    pub(super) fn new(disk_path: PathBuf) -> Self {
        let system = System::new().ok();
        Self { system, disk_path }
    }

    /// Reads everything. The CPU's usage is that since the last call, and for the first one since
    /// the start of the machine.
    pub(super) fn look(&mut self) -> Sight {
        let disk = Disk::of(&self.disk_path).ok();
        let load = System::load_average().ok();
        let mut sight = Sight {
            cores: usable_cores(),
            load: load.map(|LoadAvg { one, five, fifteen }| [one, five, fifteen]),
            disk_total_bytes: disk.map(|disk| disk.total as f64),
            disk_free_bytes: disk.map(|disk| disk.free as f64),
            ..Sight::default()
        };
        if let Some(system) = &mut self.system {
            system.refresh_cpu_usage();
            sight.cpu_usage_ratio = Some(f64::from(system.global_cpu_usage()) / 100.0);
            let memory = memory(system);
            sight.memory_total_bytes = memory.map(|(total, _)| total as f64);
            sight.memory_available_bytes = memory.map(|(_, available)| available as f64);
        }
        sight
    }
}

/// The machine's memory and what of it new work can have without swapping, in bytes.
pub(super) fn memory(system: &mut System) -> Option<(u64, u64)> {
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let total = system.total_memory();
    (total > 0).then(|| (total, system.available_memory()))
}

/// The processors that this process may run on (cpuset, taskset).
#[cfg(target_os = "linux")]
fn usable_cores() -> Option<f64> {
    let allowed = rustix::thread::sched_getaffinity(None).ok()?;
    Some(f64::from(allowed.count()))
}

#[cfg(not(target_os = "linux"))]
fn usable_cores() -> Option<f64> {
    let cores = std::thread::available_parallelism().ok()?;
    Some(cores.get() as f64)
}
