//! One check: how it is run, when it changes its mind, and what it last found.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::HealthSettings;

/// Anything shorter is a loop rather than a check.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// What the result of a check means for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Without it the service is not ready, and unhealthy.
    Required,
    /// Without it the service is ready, but degraded.
    Degraded,
    /// It is shown, and means nothing for the whole.
    Ignored,
}

/// What is known of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// There was no result yet.
    Unknown,
    Healthy,
    Unhealthy,
}

/// One run of a check; the error is words for the log.
pub(crate) type Probe =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

pub(crate) struct Check {
    pub(crate) name: String,
    /// Why the service is not ready without it, in words that may be shown to anybody.
    pub(crate) reason: String,
    pub(crate) policy: Policy,
    probe: Probe,
    state: Mutex<State>,
    begun: AtomicBool,
}

struct State {
    status: Status,
    /// Results in a row that contradict `status`.
    contrary: u32,
}

impl Check {
    pub(crate) fn new(name: String, reason: String, policy: Policy, probe: Probe) -> Self {
        Self {
            name,
            reason,
            policy,
            probe,
            state: Mutex::new(State {
                status: Status::Unknown,
                contrary: 0,
            }),
            begun: AtomicBool::new(false),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.lock().status
    }

    /// Whether the caller is the first one to ask, and so the one who runs the check.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }

    /// Runs the check for ever, at once and then every interval.
    pub(crate) async fn watch(&self, settings: &HealthSettings) {
        let mut ticks = interval(settings.interval.max(SHORTEST_INTERVAL));
        // A late run is not made up for by two quick ones.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let result = self.run(settings).await;
            self.note(result, settings);
        }
    }

    /// One run. A check that panics has failed, and is run again like any other.
    async fn run(&self, settings: &HealthSettings) -> Result<(), String> {
        let attempt = AssertUnwindSafe(async { (self.probe)().await }).catch_unwind();
        match timeout(settings.timeout, attempt).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err("the check panicked".to_owned()),
            Err(_) => Err(format!("no answer within {:?}", settings.timeout)),
        }
    }

    /// Takes a result in. Only a change of status is worth more than a DEBUG line.
    fn note(&self, result: Result<(), String>, settings: &HealthSettings) {
        let found = match result {
            Ok(()) => Status::Healthy,
            Err(_) => Status::Unhealthy,
        };
        let error = result.err();
        let error = error.as_deref();
        let check = self.name.as_str();
        match (self.turn(found, settings), found) {
            (true, Status::Unhealthy) => tracing::warn!(check, error, "Health check failed"),
            (true, _) => tracing::info!(check, "Health check passed"),
            (false, _) => tracing::debug!(check, error, "Health check ran"),
        }
    }

    /// Counts a result, and says whether it changed the status. The first one decides alone.
    fn turn(&self, found: Status, settings: &HealthSettings) -> bool {
        let mut state = self.lock();
        if state.status == found {
            state.contrary = 0;
            return false;
        }
        state.contrary += 1;
        let needed = match (state.status, found) {
            (Status::Unknown, _) => 1,
            (_, Status::Healthy) => settings.success_threshold,
            _ => settings.failure_threshold,
        };
        if state.contrary < needed {
            return false;
        }
        *state = State {
            status: found,
            contrary: 0,
        };
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
