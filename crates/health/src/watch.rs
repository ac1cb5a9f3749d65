//! One check on its way: run again and again, and asked what it last found.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::Utc;
use futures_util::FutureExt;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::{
    Check, HealthSettings,
    check::Members,
    knowledge::{Fault, Knowledge, Run, Status},
    settings::Pace,
};

/// A check that is part of a service.
pub(crate) struct Watch {
    pub(crate) check: Check,
    pace: Pace,
    knowledge: Mutex<Knowledge>,
    begun: AtomicBool,
}

/// Why a run failed: the code for everybody, the words for the log.
struct Trouble {
    fault: Fault,
    words: String,
}

impl Watch {
    pub(crate) fn new(check: Check, settings: &HealthSettings) -> Self {
        Self {
            pace: Pace::of(&check, settings),
            check,
            knowledge: Mutex::default(),
            begun: AtomicBool::new(false),
        }
    }

    /// What is known at this moment, asked from any thread.
    pub(crate) fn look(&self) -> Knowledge {
        let mut knowledge = self.lock().clone();
        knowledge.age(&self.pace);
        knowledge
    }

    /// Whether the caller is the first one to ask, and so the one who runs the check.
    pub(crate) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }

    /// Runs the check for ever, at once and then every interval.
    pub(crate) async fn keep_running(&self) {
        let mut ticks = interval(self.pace.interval);
        // A late run is not made up for by two quick ones.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.run().await;
        }
    }

    async fn run(&self) {
        let started = Instant::now();
        let found = self.probe().await;
        let latency = started.elapsed();
        let (details, trouble) = merge(found, self.details());
        self.note(
            Run {
                finished: Instant::now(),
                checked_at: Utc::now(),
                latency,
                fault: trouble.as_ref().map(|trouble| trouble.fault),
                details,
            },
            trouble,
        );
    }

    /// Asks. A check that panics has failed, and is asked again like any other.
    async fn probe(&self) -> Result<Members, Trouble> {
        let attempt = AssertUnwindSafe(async { (self.check.probe)().await }).catch_unwind();
        let limit = self.pace.timeout;
        match timeout(limit, attempt).await {
            Ok(Ok(result)) => result.map_err(Trouble::failed),
            Ok(Err(_)) => Err(Trouble::panicked()),
            Err(_) => Err(Trouble {
                fault: Fault::TimedOut,
                words: format!("no answer within {limit:?}"),
            }),
        }
    }

    fn details(&self) -> Result<Members, Trouble> {
        match catch_unwind(AssertUnwindSafe(|| (self.check.details)())) {
            Ok(details) => details.map_err(Trouble::failed),
            Err(_) => Err(Trouble::panicked()),
        }
    }

    /// Takes a result in. Only a change of status is worth more than a DEBUG line.
    fn note(&self, run: Run, trouble: Option<Trouble>) {
        let mut knowledge = self.lock();
        let before = knowledge.status;
        knowledge.age(&self.pace);
        let aged = knowledge.status;
        knowledge.learn(run, &self.pace);
        let now = knowledge.status;
        drop(knowledge);

        let check = self.check.name.as_str();
        if aged != before {
            let error = format!("no result for {:?}", self.pace.stale_after());
            tracing::warn!(check, error, "Health check failed");
        }
        let error = trouble.map(|trouble| trouble.words);
        match (now != aged, now) {
            (true, Status::Unhealthy) => tracing::warn!(check, error, "Health check failed"),
            (true, _) => tracing::info!(check, "Health check passed"),
            (false, _) => tracing::debug!(check, error, "Health check ran"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn failed(words: String) -> Self {
        let fault = Fault::Failed;
        Self { fault, words }
    }

    fn panicked() -> Self {
        let words = "the check panicked".to_owned();
        let fault = Fault::Panicked;
        Self { fault, words }
    }
}

/// All that is to be shown, and the first thing that went wrong.
fn merge(
    found: Result<Members, Trouble>,
    details: Result<Members, Trouble>,
) -> (Members, Option<Trouble>) {
    let mut shown = Members::new();
    let mut trouble = None;
    for part in [found, details] {
        match part {
            Ok(members) => shown.extend(members),
            Err(reason) => {
                trouble.get_or_insert(reason);
            }
        }
    }
    (shown, trouble)
}
