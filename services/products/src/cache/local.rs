//! The tier in this process.

use std::{
    sync::Arc,
    time::{self, Duration},
};

use moka::{
    Expiry,
    ops::compute::Op,
    sync::{Cache, CacheBuilder},
};

use tokio::time::Instant;

use super::entry::{Entry, Id, Kept};

/// Entries by id, the newest version of each, weighed by their bytes.
#[derive(Debug, Clone)]
pub(super) struct Local(Cache<Id, Held>);

/// An entry, and the end of its lifetime: the table itself may be late to drop it.
#[derive(Debug, Clone)]
struct Held {
    entry: Arc<Entry>,
    end: Instant,
}

impl Local {
    /// With room for so many bytes.
    pub(super) fn new(capacity: u64) -> Self {
        let weigh = |_: &Id, held: &Held| u32::try_from(held.entry.weight()).unwrap_or(u32::MAX);
        let cache = CacheBuilder::new(capacity)
            .weigher(weigh)
            .expire_after(Lifetime)
            .build();
        Self(cache)
    }

    pub(super) fn get(&self, id: Id) -> Option<Arc<Entry>> {
        let held = self.0.get(&id)?;
        (Instant::now() < held.end).then_some(held.entry)
    }

    /// Takes an entry in, unless there is a newer one.
    pub(super) fn put(&self, id: Id, Kept { entry, lifetime }: Kept) {
        let end = Instant::now() + lifetime;
        self.0.entry(id).and_compute_with(|held| match held {
            Some(held) if held.value().entry.version > entry.version => Op::Nop,
            _ => Op::Put(Held { entry, end }),
        });
    }

    /// Forgets what is older than `version`.
    pub(super) fn drop_older(&self, id: Id, version: i64) {
        self.0.entry(id).and_compute_with(|held| match held {
            Some(held) if held.value().entry.version < version => Op::Remove,
            _ => Op::Nop,
        });
    }

    pub(super) fn clear(&self) {
        self.0.invalidate_all();
    }

    /// How many entries there are, about.
    pub(super) fn len(&self) -> u64 {
        // The table counts when it tidies up, which it leaves to those who use it.
        self.0.run_pending_tasks();
        self.0.entry_count()
    }
}

/// Each entry has its own.
struct Lifetime;

impl Expiry<Id, Held> for Lifetime {
    fn expire_after_create(&self, _: &Id, held: &Held, _: time::Instant) -> Option<Duration> {
        Some(held.end - Instant::now())
    }

    fn expire_after_update(
        &self,
        _: &Id,
        held: &Held,
        _: time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(held.end - Instant::now())
    }
}
