//! Changes that the shared tier has yet to be told.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{
    entry::{Entry, Id},
    remote::Change,
};

/// The most that are remembered; what further ones replace is only dropped from the shared tier by
/// the end of its lifetime.
const MOST: usize = 100_000;

/// Between two warnings that there are more.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Changes whose publication is to be repeated.
#[derive(Debug)]
pub(super) struct Pending {
    /// How long something older may be left in the tier.
    memory: Duration,
    state: Mutex<State>,
    came: Notify,
}

#[derive(Debug, Default)]
struct State {
    changes: HashMap<Id, Waiting>,
    warned: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    version: i64,
    /// When it can be forgotten: nothing older is left in the tier by then.
    end: Instant,
}

impl Pending {
    /// Each change is worth telling for as long as `memory`.
    pub(super) fn new(memory: Duration) -> Self {
        Self {
            memory,
            state: Mutex::default(),
            came: Notify::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().changes.len()
    }

    /// Remembers changes that could not be told.
    pub(super) fn add(&self, changes: &[Change]) {
        let end = Instant::now() + self.memory;
        let mut state = self.lock();
        for Change { id, entry, .. } in changes {
            if state.changes.len() >= MOST && !state.changes.contains_key(id) {
                state.warn();
                break;
            }
            let version = entry.version;
            let waiting = state.changes.entry(*id);
            let newest = waiting.or_insert(Waiting { version, end });
            if newest.version < version {
                *newest = Waiting { version, end };
            }
        }
        drop(state);
        self.came.notify_one();
    }

    /// Some that are to be told; waits until there are any.
    pub(super) async fn wait(&self, most: usize) -> Vec<Change> {
        loop {
            let changes = self.some(most);
            if !changes.is_empty() {
                return changes;
            }
            self.came.notified().await;
        }
    }

    /// Some that are to be told. What is told late is told without its content: something newer may
    /// have been stored and have expired meanwhile.
    pub(super) fn some(&self, most: usize) -> Vec<Change> {
        let now = Instant::now();
        let mut state = self.lock();
        state.changes.retain(|_, waiting| waiting.end > now);
        let late = |(id, waiting): (&Id, &Waiting)| Change {
            id: *id,
            entry: Entry::unknown(waiting.version),
            lifetime: waiting.end - now,
            by: now,
        };
        state.changes.iter().take(most).map(late).collect()
    }

    /// Forgets what has been told, and what is older.
    pub(super) fn remove(&self, told: &[Change]) {
        let mut state = self.lock();
        for Change { id, entry, .. } in told {
            let waiting = state.changes.get(id);
            if waiting.is_some_and(|waiting| waiting.version <= entry.version) {
                state.changes.remove(id);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn warn(&mut self) {
        if self
            .warned
            .is_some_and(|warned| warned.elapsed() < WARN_EVERY)
        {
            return;
        }
        self.warned = Some(Instant::now());
        tracing::warn!(
            "Too many changes wait for the shared cache; other replicas may serve old values until they expire"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: Duration = Duration::from_secs(300);

    fn change(id: Id, version: i64) -> Change {
        Change {
            id,
            entry: Entry::present(version, "{}"),
            lifetime: MEMORY,
            by: Instant::now(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_version_is_told_without_its_content_as_long_as_it_matters() {
        let pending = Pending::new(MEMORY);
        pending.add(&[change(1, 4), change(2, 6)]);
        pending.add(&[change(1, 5)]);
        pending.add(&[change(1, 4)]);
        pending.remove(&[change(2, 6), change(1, 4)]);

        let told = pending.wait(10).await;

        let entries: Vec<_> = told
            .iter()
            .map(|change| (change.id, &change.entry))
            .collect();
        assert_eq!(entries, [(1, &Entry::unknown(5))]);
        assert_eq!(told[0].lifetime, MEMORY);
        tokio::time::advance(MEMORY).await;
        assert!(pending.some(10).is_empty(), "nothing older is left by then");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_remembered_than_there_is_room_for() {
        let pending = Pending::new(MEMORY);
        for id in 0..=MOST as Id {
            pending.add(&[change(id, 1)]);
        }
        pending.add(&[change(0, 2)]);

        assert_eq!(pending.len(), MOST);
        let told = pending.some(MOST);
        assert!(
            told.iter().any(|change| change.entry.version == 2),
            "those that are there are brought up to date"
        );
    }
}
