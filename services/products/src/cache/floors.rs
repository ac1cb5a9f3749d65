//! What this replica has written itself, and therefore never reads older than that.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::entry::{Id, LAST, NEVER};

/// How many are remembered one by one.
const MOST: usize = 100_000;

/// The versions of this replica's own writes, remembered until nothing older can be left in the
/// shared tier: it may lose what was published there (it restarts empty or with an old snapshot, it
/// evicts), and a reader may put back what it had read before.
#[derive(Debug)]
pub(super) struct Floors {
    lifetime: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    versions: HashMap<Id, i64>,
    /// In the order of being written.
    ends: VecDeque<(Instant, Id, i64)>,
    /// The highest version that was forgotten too early for want of room, and when that is no
    /// matter any more: below it nothing of the shared tier can be trusted.
    horizon: Option<(i64, Instant)>,
}

impl Floors {
    /// Each write is remembered for `lifetime`.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            state: Mutex::default(),
        }
    }

    /// Remembers a write.
    pub(super) fn raise(&self, id: Id, version: i64) {
        let end = Instant::now() + self.lifetime;
        let mut state = self.lock();
        state.expire();
        let floor = state.versions.entry(id).or_insert(NEVER);
        if version <= *floor {
            return;
        }
        *floor = version;
        state.ends.push_back((end, id, version));
        if state.ends.len() > MOST {
            state.crowd_out();
        }
    }

    /// Whether what the shared tier says of `id` at `version` may be believed.
    pub(super) fn admit(&self, id: Id, version: i64) -> bool {
        let mut state = self.lock();
        state.expire();
        let floor = state.versions.get(&id).copied().unwrap_or(NEVER);
        let horizon = state.horizon.map_or(NEVER, |(version, _)| version);
        version >= floor && (version >= horizon || floor > NEVER)
    }

    /// Whether this replica has written `version` itself, or a newer one.
    pub(super) fn covers(&self, id: Id, version: i64) -> bool {
        let floor = self.floor(id);
        version <= floor && floor != LAST
    }

    /// Whether this replica may have written something that nobody knows of.
    pub(super) fn in_doubt(&self, id: Id) -> bool {
        self.floor(id) == LAST
    }

    fn floor(&self, id: Id) -> i64 {
        self.lock().versions.get(&id).copied().unwrap_or(NEVER)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn expire(&mut self) {
        let now = Instant::now();
        while self.ends.front().is_some_and(|(end, ..)| *end <= now) {
            self.forget_first();
        }
        self.horizon = self.horizon.filter(|(_, end)| *end > now);
    }

    /// Forgets the oldest, and remembers that it did.
    fn crowd_out(&mut self) {
        if let Some((end, version)) = self.forget_first() {
            let highest = self
                .horizon
                .map_or(version, |(highest, _)| highest.max(version));
            self.horizon = Some((highest, end));
        }
    }

    fn forget_first(&mut self) -> Option<(Instant, i64)> {
        let (end, id, version) = self.ends.pop_front()?;
        // A later write of the same id has an end of its own.
        if self.versions.get(&id) == Some(&version) {
            self.versions.remove(&id);
        }
        Some((end, version))
    }
}
