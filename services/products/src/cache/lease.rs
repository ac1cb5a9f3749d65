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

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const LENGTH: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_holds_from_the_sending_of_the_last_heartbeat_that_came_back() {
        let lease = Lease::new(LENGTH);
        assert!(!lease.holds(), "nothing was heard");

        let sent = Instant::now();
        advance(LENGTH / 2).await;
        lease.renew(sent);
        assert!(lease.holds());
        advance(LENGTH / 2).await;

        assert!(!lease.holds(), "it counts from the sending");
    }

    #[tokio::test(start_paused = true)]
    async fn a_heartbeat_that_comes_late_takes_nothing_away() {
        let lease = Lease::new(LENGTH);
        let late = Instant::now();
        advance(LENGTH / 2).await;
        lease.renew(Instant::now());

        lease.renew(late);
        advance(LENGTH / 2).await;

        assert!(lease.holds());
        assert!(Lease::unlimited().holds());
    }
}
