//! What holds for all checks, and for one of them.

use std::time::Duration;

use crate::Check;

/// Anything shorter is a loop rather than a check.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// How often and how patiently things are checked, where a [`Check`] says nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthSettings {
    /// From the start of one run of a check to the start of the next.
    pub interval: Duration,
    /// How long one run may take before it counts as failed.
    pub timeout: Duration,
    /// Failures in a row that make a healthy check unhealthy, at least 1.
    pub failure_threshold: u32,
    /// Successes in a row that make an unhealthy check healthy, at least 1.
    pub success_threshold: u32,
    /// How long the event loop may be held up before the process does not count as alive.
    pub stall_after: Duration,
    /// The version of the service, shown by `/health`.
    pub version: String,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(1),
            failure_threshold: 2,
            success_threshold: 1,
            stall_after: Duration::from_secs(10),
            version: String::new(),
        }
    }
}

/// The rhythm of one check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) failure_threshold: u32,
    pub(crate) success_threshold: u32,
}

impl Pace {
    pub(crate) fn of(check: &Check, settings: &HealthSettings) -> Self {
        let interval = check.interval.unwrap_or(settings.interval);
        let failures = check.failure_threshold;
        let successes = check.success_threshold;
        Self {
            interval: interval.max(SHORTEST_INTERVAL),
            timeout: check.timeout.unwrap_or(settings.timeout),
            failure_threshold: failures.unwrap_or(settings.failure_threshold).max(1),
            success_threshold: successes.unwrap_or(settings.success_threshold).max(1),
        }
    }

    /// The age from which a result says nothing any more.
    ///
    /// That of a loop that turns is never older than an interval and a timeout; the second timeout
    /// is for a timer that is late.
    pub(crate) fn stale_after(&self) -> Duration {
        let failures = self.interval.saturating_mul(self.failure_threshold);
        failures.saturating_add(self.timeout.saturating_mul(2))
    }
}
