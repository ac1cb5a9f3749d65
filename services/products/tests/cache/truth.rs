//! What was committed, and what readers may therefore be told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use products::cache::{Entry, Id, LAST, NEVER};
use tokio::time::Instant;

/// The history of all objects. A clone is the same history.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    /// How long a read takes at most: who joins it is told what was true when it began.
    read: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    last_version: i64,
    commits: HashMap<Id, Vec<Commit>>,
    /// What nobody may keep: since when, and until when.
    doubts: HashMap<Id, (Instant, Instant)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Commit {
    pub(crate) version: i64,
    present: bool,
    at: Instant,
    /// When it was known to be published.
    published: Option<Instant>,
}

impl Truth {
    pub(crate) fn new(read: Duration) -> Self {
        Self {
            read,
            state: Arc::default(),
        }
    }

    /// Commits a change.
    pub(crate) fn commit(&self, id: Id, present: bool) -> i64 {
        let mut state = self.state.lock().unwrap();
        state.last_version += 1;
        let version = state.last_version;
        let at = Instant::now();
        let commits = state.commits.entry(id).or_default();
        commits.push(Commit {
            version,
            present,
            at,
            published: None,
        });
        version
    }

    /// The shared tier has taken a change and told it; it says so until `end`.
    pub(crate) fn published(&self, id: Id, version: i64, end: Instant) {
        let mut state = self.state.lock().unwrap();
        if version == LAST {
            let doubt = state.doubts.entry(id).or_insert((Instant::now(), end));
            doubt.1 = doubt.1.min(end);
            return;
        }
        let commits = state.commits.entry(id).or_default();
        if let Some(commit) = commits.iter_mut().find(|commit| commit.version == version) {
            commit.published.get_or_insert_with(Instant::now);
        }
    }

    /// The shared tier has lost what it was told.
    pub(crate) fn forget_publications(&self) {
        let mut state = self.state.lock().unwrap();
        let commits = state.commits.values_mut().flatten();
        commits.for_each(|commit| commit.published = None);
        state.doubts.clear();
    }

    /// The state of an object at this moment, as an origin tells it.
    pub(crate) fn state(&self, id: Id) -> Arc<Entry> {
        let state = self.state.lock().unwrap();
        match state.commits.get(&id).and_then(|commits| commits.last()) {
            Some(last) if last.present => entry(last.version, true),
            _ => Entry::absent(NEVER),
        }
    }

    /// The newest version that everybody must tell at `at` who asks the origin: one that was
    /// committed before any read under way by then had begun.
    pub(crate) fn settled(&self, id: Id, at: Instant) -> i64 {
        let state = self.state.lock().unwrap();
        let commits = state.commits.get(&id).into_iter().flatten();
        let settled = commits.filter(|commit| commit.at + self.read < at);
        settled.map(|commit| commit.version).max().unwrap_or(NEVER)
    }

    /// The newest version that an answer may stand for.
    pub(crate) fn freshness(&self, id: Id, answer: &Entry) -> i64 {
        if answer.version != NEVER {
            return answer.version;
        }
        let state = self.state.lock().unwrap();
        let commits = state.commits.get(&id).into_iter().flatten();
        let absent = commits.filter(|commit| !commit.present);
        absent.map(|commit| commit.version).max().unwrap_or(NEVER)
    }

    /// The newest version that everybody had to know at `at`: published for so long, or committed
    /// for so long that nothing older can be left anywhere.
    pub(crate) fn due(&self, id: Id, at: Instant, told: Duration, expired: Duration) -> i64 {
        let state = self.state.lock().unwrap();
        let commits = state.commits.get(&id).into_iter().flatten();
        let doubt = state.doubts.get(&id);
        let asked = doubt.is_some_and(|(since, end)| *since + told < at && at < *end);
        let due = commits.filter(|commit| {
            let heard = commit.published.is_some_and(|since| since + told < at);
            asked && commit.at + self.read < at || heard || commit.at + expired < at
        });
        due.map(|commit| commit.version).max().unwrap_or(NEVER)
    }
}

/// A state as the cache knows it.
pub(crate) fn entry(version: i64, present: bool) -> Arc<Entry> {
    if present {
        Entry::present(version, version.to_string())
    } else {
        Entry::absent(version)
    }
}
