//! The shared tier as a reader and a writer see it: bounded in time, and left alone while it does
//! not answer.

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use super::{
    breaker::Breaker,
    entry::{Entry, Id, Kept},
    metrics::{CacheMetrics, PUBLISH, observe},
    remote::{Change, Remote},
};

/// The most changes whose publication is repeated; further ones are only dropped from the shared
/// tier by the end of their lifetime.
const MOST_PENDING: usize = 100_000;

/// How many of them are published at once.
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

/// A change whose publication is to be repeated.
#[derive(Debug, Clone)]
struct Pending {
    version: i64,
    /// When it can be forgotten: nothing older is left in the tier by then.
    end: Instant,
}

pub(super) struct Shared<R> {
    pub(super) remote: R,
    pub(super) operation_timeout: Duration,
    /// How long something older may be left in the tier.
    memory: Duration,
    breaker: Breaker,
    /// Changes that could not be published.
    pending: Mutex<HashMap<Id, Pending>>,
    pending_came: Notify,
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
            memory,
            breaker,
            pending: Mutex::default(),
            pending_came: Notify::new(),
            metrics,
        }
    }

    /// What is stored under `id`.
    pub(super) async fn get(&self, id: Id) -> Lookup {
        let asked = self.attempt("get", self.remote.get(id));
        let begun = Instant::now();
        let outcome = asked.await;
        if outcome.is_some() {
            observe(&self.metrics.get, begun.elapsed());
        }
        match outcome {
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
        let begun = Instant::now();
        if self
            .attempt("set", self.remote.offer(change))
            .await
            .is_some()
        {
            observe(&self.metrics.set, begun.elapsed());
        }
    }

    /// Publishes changes; those that cannot be published now are told later by [`Shared::repeat`].
    pub(super) async fn publish(&self, changes: Vec<Change>) {
        for batch in changes.chunks(BATCH) {
            if !self.try_publish(batch).await {
                self.postpone(batch);
            }
        }
    }

    /// Publishes what could not be published before, again and again.
    pub(super) async fn repeat(&self, pause: Duration) {
        loop {
            let batch = self.take_pending();
            if batch.is_empty() {
                self.pending_came.notified().await;
                continue;
            }
            if !self.try_publish(&batch).await {
                self.postpone(&batch);
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// How many changes wait to be told.
    pub(super) fn pending(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn is_open(&self) -> bool {
        self.breaker.is_open()
    }

    /// The tier has taken a heartbeat: it is there, though nobody may be reading or writing.
    pub(super) fn answered(&self) {
        self.breaker.answered();
        self.tell_circuit(None);
    }

    async fn try_publish(&self, batch: &[Change]) -> bool {
        let begun = Instant::now();
        let publish = async {
            match self.attempt("invalidate", self.remote.publish(batch)).await {
                Some(Ok(())) => Ok(()),
                Some(Err(())) | None => Err(()),
            }
        };
        let tasks = &self.metrics.tasks;
        let published = tasks.track_async_task(PUBLISH, publish).await.is_ok();
        if published {
            observe(&self.metrics.invalidate, begun.elapsed());
            self.forget(batch);
        } else {
            self.metrics
                .invalidation_failures
                .inc_by(batch.len() as u64);
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
        let now = Instant::now();
        let end = now + self.memory;
        let mut pending = self.lock();
        pending.retain(|_, waiting| waiting.end > now);
        for Change { id, entry, .. } in batch {
            if pending.len() >= MOST_PENDING && !pending.contains_key(id) {
                tracing::warn!(
                    "Too many changes wait for the shared cache; other replicas may serve old values until they expire"
                );
                break;
            }
            let version = entry.version;
            let newest = pending.entry(*id).or_insert(Pending { version, end });
            if newest.version < version {
                *newest = Pending { version, end };
            }
        }
        drop(pending);
        self.pending_came.notify_one();
    }

    /// What is told late is told without its content: something newer may have been stored and have
    /// expired meanwhile.
    fn take_pending(&self) -> Vec<Change> {
        let now = Instant::now();
        let mut pending = self.lock();
        pending.retain(|_, waiting| waiting.end > now);
        let late = |(id, waiting): (&Id, &Pending)| Change {
            id: *id,
            entry: Entry::unknown(waiting.version),
            lifetime: waiting.end - now,
        };
        pending.iter().take(BATCH).map(late).collect()
    }

    /// What was published need not be repeated, nor what is older.
    fn forget(&self, batch: &[Change]) {
        let mut pending = self.lock();
        for Change { id, entry, .. } in batch {
            let done = pending
                .get(id)
                .is_some_and(|waiting| waiting.version <= entry.version);
            if done {
                pending.remove(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
