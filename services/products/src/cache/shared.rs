//! The shared tier as a reader and a writer see it: bounded in time, and left alone while it does
//! not answer.

use std::{fmt::Display, time::Duration};

use prometheus::Histogram;
use tokio::time::{Instant, sleep, timeout};

use super::{
    breaker::Breaker,
    entry::{Id, Kept},
    metrics::{CacheMetrics, PUBLISH, observe},
    pending::Pending,
    remote::{Change, Remote},
};

/// How many changes are published at once.
const BATCH: usize = 100;

/// What a look-up has come to.
pub(super) enum Lookup {
    Found(Kept),
    Missing,
    /// Somebody may be changing it: what is read elsewhere must not be kept.
    Doubtful,
    /// It could not be asked.
    Unavailable,
}

pub(super) struct Shared<R> {
    pub(super) remote: R,
    pub(super) operation_timeout: Duration,
    breaker: Breaker,
    /// Changes that could not be published.
    pending: Pending,
    metrics: CacheMetrics,
}

impl<R: Remote> Shared<R> {
    pub(super) fn new(
        remote: R,
        operation_timeout: Duration,
        memory: Duration,
        breaker: Breaker,
        metrics: CacheMetrics,
    ) -> Self {
        Self {
            remote,
            operation_timeout,
            breaker,
            pending: Pending::new(memory),
            metrics,
        }
    }

    /// What is stored under `id`.
    pub(super) async fn get(&self, id: Id) -> Lookup {
        let asked = self.attempt("get", self.remote.get(id));
        match measured(&self.metrics.get, asked).await {
            Some(Ok(Some(kept))) => Lookup::Found(kept),
            Some(Ok(None)) => Lookup::Missing,
            Some(Err(())) => {
                self.metrics.shared.error.inc();
                Lookup::Unavailable
            }
            None => Lookup::Unavailable,
        }
    }

    /// Offers what was read; whether it is taken is no matter.
    pub(super) async fn offer(&self, change: &Change) {
        let asked = self.attempt("set", self.remote.offer(change));
        measured(&self.metrics.set, asked).await;
    }

    /// Publishes changes; those that cannot be published now are told later by [`Shared::repeat`].
    pub(super) async fn publish(&self, changes: Vec<Change>) {
        let mut rest = changes.chunks(BATCH);
        for batch in rest.by_ref() {
            if !self.try_publish(batch).await {
                break;
            }
        }
        // One batch has shown that nobody answers.
        rest.for_each(|batch| self.postpone(batch));
    }

    /// Publishes what could not be published before, again and again.
    pub(super) async fn repeat(&self, pause: Duration) {
        loop {
            let batch = self.pending.wait(BATCH).await;
            if !self.try_publish(&batch).await {
                sleep(pause).await;
            }
        }
    }

    /// Publishes what could not be published before, unless that fails once more. This is the last
    /// chance, so that an open circuit is no reason not to try.
    pub(super) async fn publish_pending(&self) {
        loop {
            let batch = self.pending.some(BATCH);
            if batch.is_empty() {
                return;
            }
            let told = timeout(self.operation_timeout, self.remote.publish(&batch));
            if !matches!(told.await, Ok(Ok(()))) {
                tracing::warn!(
                    changes = self.pending(),
                    "The shared cache was not told of the last changes; other replicas may serve old values until they expire"
                );
                return;
            }
            self.pending.remove(&batch);
        }
    }

    /// How many changes wait to be told.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    /// The tier has taken a heartbeat: it is there, though nobody may be reading or writing.
    pub(super) fn answered(&self) {
        self.breaker.answered();
        self.tell_circuit(None);
    }

    /// Whether it succeeded; if not, it is repeated later.
    async fn try_publish(&self, batch: &[Change]) -> bool {
        let begun = Instant::now();
        let publish = async {
            let asked = self.attempt("invalidate", self.remote.publish(batch));
            asked.await.unwrap_or(Err(()))
        };
        let tasks = &self.metrics.tasks;
        let published = tasks.track_async_task(PUBLISH, publish).await.is_ok();
        if published {
            observe(&self.metrics.invalidate, begun.elapsed());
            self.pending.remove(batch);
        } else {
            self.postpone(batch);
        }
        published
    }

    /// `None` where nobody was asked, because lately nobody answered.
    async fn attempt<T, E: Display>(
        &self,
        operation: &'static str,
        asked: impl Future<Output = Result<T, E>>,
    ) -> Option<Result<T, ()>> {
        let attempt = self.breaker.attempt()?;
        let outcome = match timeout(self.operation_timeout, asked).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        };
        match &outcome {
            Ok(_) => attempt.succeed(),
            Err(exception) => {
                drop(attempt);
                tracing::debug!(operation, exception, "The shared cache failed");
            }
        }
        self.tell_circuit(outcome.as_ref().err());
        Some(outcome.map_err(drop))
    }

    /// Shows whether the circuit is open, and logs when that changes, after a failure with its reason.
    fn tell_circuit(&self, exception: Option<&String>) {
        let open = i64::from(self.breaker.is_open());
        if self.metrics.circuit_open.get() == open {
            return;
        }
        self.metrics.circuit_open.set(open);
        if open == 1 {
            tracing::warn!(
                exception,
                "The shared cache fails; reads go to the database"
            );
        } else {
            tracing::info!("The shared cache answers again");
        }
    }

    fn postpone(&self, batch: &[Change]) {
        let number = batch.len() as u64;
        self.metrics.invalidation_failures.inc_by(number);
        self.pending.add(batch);
    }
}

/// An attempt whose duration counts, if anybody was asked.
async fn measured<T>(duration: &Histogram, asked: impl Future<Output = Option<T>>) -> Option<T> {
    let begun = Instant::now();
    let outcome = asked.await;
    if outcome.is_some() {
        observe(duration, begun.elapsed());
    }
    outcome
}
