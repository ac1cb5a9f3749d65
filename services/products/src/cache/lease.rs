//! Until when the local tier may be believed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::Instant;

/// For ever: nobody else writes.
const ALWAYS: u64 = u64::MAX;

/// The right to answer from the local tier, renewed by each heartbeat that came back on the channel
/// of changes: all changes that were told before it was sent have been heard by then.
#[derive(Debug)]
pub(super) struct Lease {
    origin: Instant,
    length: Duration,
    /// In nanoseconds after the origin.
    end: AtomicU64,
}

impl Lease {
    /// A lease that nobody has renewed yet.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            origin: Instant::now(),
            length,
            end: AtomicU64::new(0),
        }
    }

    /// A lease without an end.
    pub(super) fn unlimited() -> Self {
        let lease = Self::new(Duration::ZERO);
        lease.end.store(ALWAYS, Ordering::Relaxed);
        lease
    }

    pub(super) fn holds(&self) -> bool {
        let end = self.end.load(Ordering::Acquire);
        end == ALWAYS || self.nanos(Instant::now()) < end
    }

    /// The heartbeat that was sent at `sent` has come back.
    pub(super) fn renew(&self, sent: Instant) {
        let end = self.nanos(sent + self.length);
        self.end.fetch_max(end, Ordering::Release);
    }

    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin);
        u64::try_from(since.as_nanos()).unwrap_or(ALWAYS - 1)
    }
}
