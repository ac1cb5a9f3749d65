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
    /// Until when nothing is believed of these: nobody knows what was written.
    doubts: HashMap<Id, Instant>,
    /// Until when nothing is believed of any, for want of room for more doubts.
    despair: Option<Instant>,
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
        if version == LAST {
            state.doubt(id, end);
            return;
        }
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
        !state.doubts(id) && version >= floor && (version >= horizon || floor > NEVER)
    }

    /// Whether this replica has written `version` itself, or a newer one.
    pub(super) fn covers(&self, id: Id, version: i64) -> bool {
        let state = self.lock();
        let floor = state.versions.get(&id).copied().unwrap_or(NEVER);
        version <= floor && !state.doubts(id)
    }

    /// Whether this replica may have written something that nobody knows of.
    pub(super) fn in_doubt(&self, id: Id) -> bool {
        self.lock().doubts(id)
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

    fn doubt(&mut self, id: Id, end: Instant) {
        if self.doubts.len() >= MOST {
            let now = Instant::now();
            self.doubts.retain(|_, end| *end > now);
        }
        if self.doubts.len() < MOST {
            self.doubts.insert(id, end);
        } else {
            self.despair = Some(end);
        }
    }

    fn doubts(&self, id: Id) -> bool {
        let ends = [self.doubts.get(&id), self.despair.as_ref()];
        let now = Instant::now();
        ends.into_iter().flatten().any(|end| *end > now)
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

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(300);

    #[tokio::test(start_paused = true)]
    async fn nothing_below_an_own_write_is_believed_until_nothing_below_is_left() {
        let floors = Floors::new(LIFETIME);
        floors.raise(1, 5);
        floors.raise(1, 3);

        assert!(!floors.admit(1, 4), "older");
        assert!(floors.admit(1, 5), "the write itself");
        assert!(floors.admit(1, 6), "newer");
        assert!(floors.admit(2, 1), "another id");
        assert!(!floors.admit(1, NEVER), "absent as far as was known before");
        advance(LIFETIME).await;
        assert!(floors.admit(1, 4), "by now it has expired there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_write_is_remembered_for_its_own_time() {
        let floors = Floors::new(LIFETIME);
        floors.raise(1, 5);
        advance(LIFETIME / 2).await;
        floors.raise(1, 7);
        advance(LIFETIME / 2).await;

        assert!(!floors.admit(1, 6));
    }

    #[tokio::test(start_paused = true)]
    async fn in_doubt_nothing_is_believed() {
        let floors = Floors::new(LIFETIME);
        floors.raise(1, LAST);
        floors.raise(1, 9);

        assert!(floors.in_doubt(1));
        assert!(!floors.admit(1, 10));
        assert!(!floors.covers(1, 9), "changes are listened to");
        advance(LIFETIME).await;
        assert!(!floors.in_doubt(1));
        assert!(floors.admit(1, 10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_doubt_is_neither_crowded_out_nor_felt_by_others() {
        let floors = Floors::new(LIFETIME);
        floors.raise(-1, LAST);
        for id in 0..=MOST as Id {
            floors.raise(id, 1000 + id);
        }

        assert!(floors.in_doubt(-1));
        assert!(floors.admit(-2, 1001), "another id");
    }

    #[tokio::test(start_paused = true)]
    async fn with_too_many_doubts_nothing_is_believed() {
        let floors = Floors::new(LIFETIME);
        for id in 0..=MOST as Id {
            floors.raise(id, LAST);
        }

        assert!(!floors.admit(-1, 5));
        assert!(floors.in_doubt(-1), "nor kept");
        advance(LIFETIME).await;
        floors.raise(1, LAST);
        assert!(floors.admit(-1, 5), "there is room again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_crowded_out_is_made_up_for_by_trusting_less() {
        let floors = Floors::new(LIFETIME);
        for id in 0..=MOST as Id {
            floors.raise(id, 1000 + id);
        }

        assert!(!floors.admit(0, 999), "the first was forgotten");
        assert!(
            !floors.admit(-1, 999),
            "and so nothing as old is believed of any id"
        );
        assert!(floors.admit(-1, 1001));
        assert!(floors.admit(5, 1005), "the others are remembered");
        advance(LIFETIME).await;
        assert!(floors.admit(0, 999));
    }
}
