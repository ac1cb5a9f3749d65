//! Families under a common limit: a process has at most so many label sets, whatever it is asked.

use std::{
    collections::{HashSet, hash_map::RandomState},
    fmt,
    hash::BuildHasher,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use prometheus::IntCounter;

/// How many dropped label sets are remembered, as hashes: those beyond count each time they come.
const MAX_REMEMBERED: usize = 10_000;

/// How many label sets there are and may be. A clone is the same budget.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    max: usize,
    used: AtomicUsize,
    dropped: IntCounter,
    remembered: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl Budget {
    /// Room for `max` label sets; `dropped` counts those for which there was none.
    pub(super) fn new(max: usize, dropped: IntCounter) -> Self {
        let used = AtomicUsize::new(0);
        Self {
            inner: Arc::new(Inner {
                max,
                used,
                dropped,
                remembered: Mutex::default(),
                hasher: RandomState::new(),
            }),
        }
    }

    /// Makes room for label sets that a process has in any case.
    pub(crate) fn spend(&self, label_sets: usize) {
        self.inner.used.fetch_add(label_sets, Ordering::Relaxed);
    }

    /// Makes room for a further label set, or says that there is none.
    fn take(&self) -> bool {
        let Inner { max, used, .. } = &*self.inner;
        let more = |taken| (taken < *max).then_some(taken + 1);
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.is_ok()
    }

    /// Counts a label set of `family` for which there is no room, unless it was counted before.
    fn refuse(&self, family: usize, values: &[String]) {
        let Inner { max, dropped, .. } = &*self.inner;
        let label_set = self.inner.hasher.hash_one((family, values));
        if self.inner.remembers(label_set) {
            return;
        }
        dropped.inc();
        if dropped.get() == 1 {
            tracing::warn!(
                max_series = max,
                "There are as many label sets as allowed, new ones are dropped"
            );
        }
    }
}

impl Inner {
    /// Whether the label set was here before. From now on it was, if there is room.
    fn remembers(&self, label_set: u64) -> bool {
        let remembered = self.remembered.lock();
        let mut remembered = remembered.unwrap_or_else(PoisonError::into_inner);
        if remembered.len() < MAX_REMEMBERED {
            return !remembered.insert(label_set);
        }
        remembered.contains(&label_set)
    }
}

/// A metric family with labels, such as `Family<IntCounter>`.
///
/// A label set that is new when the process has as many as it may have is dropped: what is
/// recorded for it is seen nowhere, and `telemetry_series_dropped_total` counts it.
#[derive(Clone)]
pub struct Family<M> {
    resolve: Arc<Resolve<M>>,
    /// Takes what is recorded for label sets that were dropped.
    unseen: M,
    budget: Budget,
    known: Arc<Mutex<HashSet<Vec<String>>>>,
}

/// Finds or makes the metric of some label values.
type Resolve<M> = dyn Fn(&[&str]) -> M + Send + Sync;

impl<M: Clone> Family<M> {
    pub(super) fn new(
        resolve: impl Fn(&[&str]) -> M + Send + Sync + 'static,
        unseen: M,
        budget: Budget,
    ) -> Self {
        Self {
            resolve: Arc::new(resolve),
            unseen,
            budget,
            known: Arc::default(),
        }
    }

    /// The metric of these label values, in the order in which the family's labels were declared.
    /// From this call on the series is in every scrape, at zero.
    ///
    /// It costs a lock and a hash: keep the result where the values are known beforehand.
    ///
    /// # Panics
    ///
    /// When there are more or fewer values than labels.
    #[must_use]
    pub fn with(&self, values: &[&str]) -> M {
        if self.admits(values) {
            (self.resolve)(values)
        } else {
            self.unseen.clone()
        }
    }

    /// Whether the label set has its place in the budget, or gets one now.
    fn admits(&self, values: &[&str]) -> bool {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&values) {
            return true;
        }
        if self.budget.take() {
            return known.insert(values);
        }
        drop(known);
        let family = Arc::as_ptr(&self.known).addr();
        self.budget.refuse(family, &values);
        false
    }
}

impl<M> fmt::Debug for Family<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").finish_non_exhaustive()
    }
}
