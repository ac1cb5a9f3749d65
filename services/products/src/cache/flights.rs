//! One read of a key at a time.

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use tokio::sync::Notify;

use super::entry::Id;

type Current<T> = Mutex<HashMap<Id, Arc<UnderWay<T>>>>;

/// The reads under way in this process, at most one that is current for each key.
///
/// A change of a key ends its read's being current: who asks from then on does not join it, and
/// what it finds is not kept.
#[derive(Debug)]
pub(super) struct Flights<T>(Arc<Current<T>>);

/// How one takes part in a read.
pub(super) enum Part<T> {
    /// By doing it.
    Pilot(Flight<T>),
    /// By waiting for it.
    Passenger(Arc<UnderWay<T>>),
}

/// The one who reads. Dropped before it has landed, it leaves its passengers without an outcome.
#[derive(Debug)]
pub(super) struct Flight<T> {
    pub(super) id: Id,
    under_way: Arc<UnderWay<T>>,
    current: Arc<Current<T>>,
}

/// A read, for those who wait for it.
#[derive(Debug)]
pub(super) struct UnderWay<T> {
    outcome: OnceLock<Option<T>>,
    landing: Notify,
}

impl<T> Flights<T> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    pub(super) fn join(&self, id: Id) -> Part<T> {
        match lock(&self.0).entry(id) {
            hash_map::Entry::Occupied(read) => Part::Passenger(Arc::clone(read.get())),
            hash_map::Entry::Vacant(place) => {
                let under_way = Arc::new(UnderWay {
                    outcome: OnceLock::new(),
                    landing: Notify::new(),
                });
                place.insert(Arc::clone(&under_way));
                Part::Pilot(Flight {
                    id,
                    under_way,
                    current: Arc::clone(&self.0),
                })
            }
        }
    }

    /// Ends the read of `id` being current, and makes `change` before another can begin.
    pub(super) fn supersede(&self, id: Id, change: impl FnOnce()) {
        let mut current = lock(&self.0);
        current.remove(&id);
        change();
    }

    /// [`Flights::supersede`] for all keys.
    pub(super) fn supersede_all(&self, change: impl FnOnce()) {
        let mut current = lock(&self.0);
        current.clear();
        change();
    }
}

impl<T: Clone> UnderWay<T> {
    /// The outcome; `None` where there will be none.
    pub(super) async fn landed(&self) -> Option<T> {
        loop {
            let landing = self.landing.notified();
            if let Some(outcome) = self.outcome.get() {
                return outcome.clone();
            }
            landing.await;
        }
    }
}

impl<T> Flight<T> {
    /// What the pilot's own caller waits for.
    pub(super) fn under_way(&self) -> Arc<UnderWay<T>> {
        Arc::clone(&self.under_way)
    }

    /// Ends the read; `keep` is called first, if it is current still.
    pub(super) fn land(self, outcome: T, keep: impl FnOnce()) {
        self.end(Some(outcome), keep);
    }

    fn end(&self, outcome: Option<T>, last: impl FnOnce()) {
        let mut current = lock(&self.current);
        let mine = current
            .get(&self.id)
            .is_some_and(|read| Arc::ptr_eq(read, &self.under_way));
        if mine {
            last();
            current.remove(&self.id);
        }
        drop(current);
        // The first outcome counts: after a landing there is a drop.
        let _ = self.under_way.outcome.set(outcome);
        self.under_way.landing.notify_waiters();
    }
}

impl<T> Drop for Flight<T> {
    fn drop(&mut self) {
        self.end(None, || {});
    }
}

fn lock<T>(current: &Current<T>) -> MutexGuard<'_, HashMap<Id, Arc<UnderWay<T>>>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}
