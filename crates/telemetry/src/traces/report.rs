//! What the log says of the export: little, however long an outage is.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::queue::Queue;

/// The least time between two warnings.
const INTERVAL: Duration = Duration::from_secs(60);

/// Warns of failures and losses, and says when they are over.
#[derive(Debug)]
pub(super) struct Report {
    queue: Arc<Queue>,
    /// Whether a warning said that the export fails.
    failing: bool,
    warned: Option<Instant>,
}

impl Report {
    /// Nothing to say yet of what is lost from `queue`.
    pub(super) fn of(queue: Arc<Queue>) -> Self {
        Self {
            queue,
            failing: false,
            warned: None,
        }
    }

    /// An attempt failed.
    pub(super) fn failure(&mut self, reason: &str) {
        if self.may_warn() {
            self.failing = true;
            let lost_spans = self.queue.report_losses();
            tracing::warn!(exception = reason, lost_spans, "Cannot export traces");
        }
    }

    /// An attempt succeeded.
    pub(super) fn success(&mut self) {
        if std::mem::take(&mut self.failing) {
            let lost_spans = self.queue.report_losses();
            tracing::info!(lost_spans, "Traces are exported again");
        } else if self.queue.has_unreported_losses() && self.may_warn() {
            let lost_spans = self.queue.report_losses();
            tracing::warn!(
                lost_spans,
                "The trace collector is too slow, or refuses spans"
            );
        }
    }

    /// There are no more attempts: what was not said yet is said now.
    pub(super) fn end(&self) {
        if self.queue.has_unreported_losses() {
            let lost_spans = self.queue.report_losses();
            tracing::warn!(lost_spans, "Traces were lost");
        }
    }

    fn may_warn(&mut self) -> bool {
        let may = self.warned.is_none_or(|last| last.elapsed() >= INTERVAL);
        if may {
            self.warned = Some(Instant::now());
        }
        may
    }
}
