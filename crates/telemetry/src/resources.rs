//! What the process uses and may use, and how its machine and its runtime are doing.

#[cfg(feature = "jemalloc")]
mod allocator;
mod cgroup;
mod disk;
mod memory;
mod process;
mod sample;
mod sampling;
mod system;

use std::{path::PathBuf, time::Duration};

use tokio::runtime::Handle;

pub use self::{disk::Disk, memory::Memory};
use self::{
    process::{Process, Stat},
    sample::Sampler,
    sampling::{Latest, Sampling},
};
use crate::{
    Metrics, MetricsError,
    runtime::{self, EventLoop, Heartbeat, Workers},
};

/// What is watched, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSettings {
    /// The time between two samples of what is not read at every scrape.
    pub interval: Duration,
    /// A file or folder on the volume that the service may fill.
    pub disk_path: PathBuf,
}

impl Default for ResourceSettings {
    /// A sample every ten seconds, and the volume of the working directory.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(10),
            disk_path: PathBuf::from("."),
        }
    }
}

/// Keeps the resources watched. When it is dropped, what is sampled leaves the scrapes, and no
/// stall of the event loop is seen any more.
#[derive(Debug)]
#[must_use = "dropping the watcher ends watching"]
pub struct Watcher {
    heartbeat: Heartbeat,
    _sampling: Sampling,
}

impl Watcher {
    /// The event loop of the runtime that is watched.
    #[must_use]
    pub fn event_loop(&self) -> EventLoop {
        self.heartbeat.event_loop.clone()
    }
}

impl Metrics {
    /// Adds the metrics of process, machine, runtime, event loop and (feature `jemalloc`)
    /// allocator. A service with several runtimes gives the one that does its work; its time
    /// driver must be on.
    ///
    /// The first sample is taken before this returns, so that no scrape comes before it. What this
    /// machine does not tell is in no scrape.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Registry`] when these metrics are watched already, and
    /// [`MetricsError::Sampler`] when the thread that samples cannot be started.
    pub fn watch(
        &self,
        settings: &ResourceSettings,
        runtime: &Handle,
    ) -> Result<Watcher, MetricsError> {
        let registry = self.registry();
        let latest = Latest::default();
        let (sampled, start_time) = (latest.clone(), process::start_time());
        registry.readings(&process::READINGS, move || {
            Process::read(start_time, sampled.read().open_fds)
        })?;
        let sampled = latest.clone();
        registry.readings(&sample::READINGS, move || sampled.read())?;
        let scraped = runtime.metrics();
        registry.readings(&runtime::READINGS, move || scraped.clone())?;
        #[cfg(feature = "jemalloc")]
        allocator::register(registry)?;
        let age = Stat::read().and_then(|stat| stat.age()).unwrap_or_default();
        let sampler = Sampler::new(settings.disk_path.clone(), Workers::new(runtime, age));
        let sampling = Sampling::start(sampler, settings.interval, latest);
        Ok(Watcher {
            heartbeat: Heartbeat::start(registry, runtime)?,
            _sampling: sampling.map_err(MetricsError::Sampler)?,
        })
    }
}

/// How much `part` is of `whole`, in percent with one decimal; nothing of nothing is 0.
fn share(part: u64, whole: u64) -> f64 {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    (percent * 10.0).round() / 10.0
}
