//! The tokio runtime: its workers, its tasks, and how late its event loop is.

mod event_loop;

use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeMetrics};

pub use self::event_loop::EventLoop;
pub(crate) use self::event_loop::Heartbeat;
use crate::metrics::Reading;

/// What the runtime tells at any moment, without a lock.
pub(crate) static READINGS: [Reading<RuntimeMetrics>; 3] = [
    Reading::gauge(
        "tokio_workers",
        "Worker threads of the runtime.",
        |runtime| Some(runtime.num_workers() as f64),
    ),
    Reading::gauge(
        "tokio_alive_tasks",
        "Tasks of the runtime that have not ended.",
        |runtime| Some(runtime.num_alive_tasks() as f64),
    ),
    Reading::gauge(
        "tokio_global_queue_depth",
        "Tasks that are ready and wait for any worker to take them.",
        |runtime| Some(runtime.global_queue_depth() as f64),
    ),
];

/// How busy the workers of a runtime are between one look and the next.
pub(crate) struct Workers {
    runtime: RuntimeMetrics,
    looked: Instant,
    busy: Duration,
}

impl Workers {
    /// `age` is that of the runtime, as well as it is known, for the first look.
    pub(crate) fn new(runtime: &Handle, age: Duration) -> Self {
        let now = Instant::now();
        Self {
            runtime: runtime.metrics(),
            looked: now.checked_sub(age).unwrap_or(now),
            busy: Duration::ZERO,
        }
    }

    /// The share of the time since the last look that the workers spent on tasks, 0 to 1. A long
    /// poll counts when it ends.
    pub(crate) fn busy_ratio(&mut self) -> f64 {
        let workers = self.runtime.num_workers();
        let busy: Duration = (0..workers)
            .map(|worker| self.runtime.worker_total_busy_duration(worker))
            .sum();
        let now = Instant::now();
        let spent = busy.saturating_sub(self.busy).as_secs_f64();
        let had = (now - self.looked).as_secs_f64() * workers as f64;
        (self.looked, self.busy) = (now, busy);
        if had > 0.0 {
            (spent / had).min(1.0)
        } else {
            0.0
        }
    }
}
