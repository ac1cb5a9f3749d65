//! The families of tasks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use prometheus::{Histogram, IntCounter, IntGauge};

use super::Outcome;
use crate::{Family, MetricsError, Registry};

/// The families, and the series of every task that was met.
#[derive(Debug)]
pub(crate) struct Tasks {
    total: Family<IntCounter>,
    duration: Family<Histogram>,
    in_progress: Family<IntGauge>,
    known: RwLock<HashMap<&'static str, Arc<TaskSeries>>>,
}

/// What is known of the runs of one task.
#[derive(Debug)]
pub(super) struct TaskSeries {
    /// In the order of [`Outcome::ALL`].
    total: [IntCounter; Outcome::ALL.len()],
    duration: Histogram,
    in_progress: IntGauge,
}

impl Tasks {
    /// `bounds` are those of the durations, in seconds.
    pub(crate) fn register(registry: &Registry, bounds: &[f64]) -> Result<Self, MetricsError> {
        Ok(Self {
            total: registry.counters(
                "async_tasks_total",
                "Runs of background tasks that have ended, by how they did.",
                &["task", "outcome"],
            )?,
            duration: registry.histograms(
                "async_task_duration_seconds",
                "Time from the start of a background task to its end, however it ended, in seconds.",
                &["task"],
                bounds,
            )?,
            in_progress: registry.gauges(
                "async_tasks_in_progress",
                "Runs of background tasks that have not ended.",
                &["task"],
            )?,
            known: RwLock::default(),
        })
    }

    /// The series of `task`, which exist from the first call on.
    pub(super) fn of(&self, task: &'static str) -> Arc<TaskSeries> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(series) = known.get(task) {
            return Arc::clone(series);
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let series = known.entry(task).or_insert_with(|| {
            Arc::new(TaskSeries {
                total: Outcome::ALL.map(|outcome| self.total.with(&[task, outcome.label()])),
                duration: self.duration.with(&[task]),
                in_progress: self.in_progress.with(&[task]),
            })
        });
        Arc::clone(series)
    }
}

impl TaskSeries {
    pub(super) fn start(self: Arc<Self>) -> Run {
        self.in_progress.inc();
        Run {
            series: self,
            started: Instant::now(),
        }
    }
}

/// A task under way.
pub(super) struct Run {
    series: Arc<TaskSeries>,
    started: Instant,
}

impl Run {
    pub(super) fn end(self, outcome: Outcome) {
        let elapsed = self.started.elapsed();
        self.series.duration.observe(elapsed.as_secs_f64());
        self.series.total[outcome as usize].inc();
        self.series.in_progress.dec();
    }
}
