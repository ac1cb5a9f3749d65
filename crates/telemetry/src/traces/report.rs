//! What the log says of the export: little, however long an outage is.

use std::time::{Duration, Instant};

/// The least time between two warnings.
const INTERVAL: Duration = Duration::from_secs(60);

/// Warns of failures and losses, and says when they are over.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Whether a warning said that the export fails.
    failing: bool,
    warned: Option<Instant>,
    /// The losses that the log knows of.
    known_losses: u64,
}

impl Report {
    /// An attempt failed; `lost` spans were lost since the start.
    pub(super) fn failure(&mut self, reason: &str, lost: u64) {
        if self.may_warn() {
            self.failing = true;
            let lost_spans = self.news(lost);
            tracing::warn!(exception = reason, lost_spans, "Cannot export traces");
        }
    }

    /// An attempt succeeded.
    pub(super) fn success(&mut self, lost: u64) {
        if std::mem::take(&mut self.failing) {
            let lost_spans = self.news(lost);
            tracing::info!(lost_spans, "Traces are exported again");
        } else if lost > self.known_losses && self.may_warn() {
            let lost_spans = self.news(lost);
            tracing::warn!(
                lost_spans,
                "The trace collector is too slow, or refuses spans"
            );
        }
    }

    fn news(&mut self, lost: u64) -> u64 {
        lost - std::mem::replace(&mut self.known_losses, lost)
    }

    fn may_warn(&mut self) -> bool {
        let may = self.warned.is_none_or(|last| last.elapsed() >= INTERVAL);
        if may {
            self.warned = Some(Instant::now());
        }
        may
    }
}
