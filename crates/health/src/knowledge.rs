//! What is known of a check: its last result, how old that is, and what it adds up to.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::Instant;

use crate::{check::Members, settings::Pace};

/// How a check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// There was no result yet.
    Unknown,
    Healthy,
    Unhealthy,
}

/// Why a check is not healthy, as a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Fault {
    #[serde(rename = "failed")]
    Failed,
    #[serde(rename = "timed out")]
    TimedOut,
    #[serde(rename = "panicked")]
    Panicked,
    /// The last result is too old to mean anything.
    #[serde(rename = "stale")]
    Stale,
}

/// One run that is over.
#[derive(Debug)]
pub(crate) struct Run {
    /// For its age; the clock on the wall can be set.
    pub(crate) finished: Instant,
    pub(crate) checked_at: DateTime<Utc>,
    pub(crate) latency: Duration,
    pub(crate) fault: Option<Fault>,
    pub(crate) details: Members,
}

/// What is known of a check.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    pub(crate) status: Status,
    /// Why it is unhealthy.
    pub(crate) fault: Option<Fault>,
    pub(crate) last: Option<Arc<Run>>,
    pub(crate) last_success: Option<DateTime<Utc>>,
    /// Results in a row that contradict `status`.
    contrary: u32,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self {
            status: Status::Unknown,
            fault: None,
            last: None,
            last_success: None,
            contrary: 0,
        }
    }
}

impl Knowledge {
    /// Counts age as a failure: whatever was known is not, when nobody looked for too long.
    pub(crate) fn age(&mut self, pace: &Pace) {
        let last = self.last.as_ref();
        if last.is_some_and(|run| run.finished.elapsed() > pace.stale_after()) {
            self.status = Status::Unhealthy;
            self.fault = Some(Fault::Stale);
            self.contrary = 0;
        }
    }

    /// Takes a result in. The first one decides alone, later ones when there are enough in a row.
    pub(crate) fn learn(&mut self, run: Run, pace: &Pace) {
        let found = match run.fault {
            None => Status::Healthy,
            Some(_) => Status::Unhealthy,
        };
        if run.fault.is_none() {
            self.last_success = Some(run.checked_at);
        }
        self.count(found, pace);
        self.fault = match self.status {
            Status::Unhealthy => run.fault.or(self.fault),
            _ => None,
        };
        self.last = Some(Arc::new(run));
    }

    fn count(&mut self, found: Status, pace: &Pace) {
        if self.status == found {
            self.contrary = 0;
            return;
        }
        self.contrary += 1;
        let needed = match (self.status, found) {
            (Status::Unknown, _) => 1,
            (_, Status::Healthy) => pace.success_threshold,
            _ => pace.failure_threshold,
        };
        if self.contrary >= needed {
            self.status = found;
            self.contrary = 0;
        }
    }
}
