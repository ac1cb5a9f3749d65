//! The upkeep of the cache: hearing of changes, keeping the lease, repeating publications.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    Cache, Inner, Origin,
    metrics::HEARTBEAT,
    remote::{Event, Remote},
    shared::Shared,
};

/// Heartbeats within the length of a lease: one or two may be lost.
const BEATS: u32 = 4;

/// How often the number of entries is looked at where there is no heart.
const IDLE_TICK: Duration = Duration::from_secs(1);

/// The heartbeats that were sent and have not come back.
#[derive(Debug)]
pub(super) struct Beats {
    interval: Duration,
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    last: u64,
    /// Their numbers and when they were sent, oldest first.
    under_way: VecDeque<(u64, Instant)>,
}

impl Beats {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            interval: lease / BEATS,
            sent: Mutex::default(),
        }
    }

    /// The number of a heartbeat that is sent now.
    fn next(&self) -> u64 {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.last += 1;
        let beat = (sent.last, Instant::now());
        sent.under_way.push_back(beat);
        if sent.under_way.len() > 2 * BEATS as usize {
            // By now it could not renew the lease any more.
            sent.under_way.pop_front();
        }
        beat.0
    }

    /// When the heartbeat that came back was sent.
    fn back(&self, number: u64) -> Option<Instant> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.under_way.retain(|(other, _)| *other >= number);
        match sent.under_way.front() {
            Some((first, at)) if *first == number => Some(*at),
            _ => None,
        }
    }
}

impl<O: Origin, R: Remote> Cache<O, R> {
    /// Hears of changes, keeps the lease of the local tier and repeats publications that failed,
    /// until `stop`.
    pub async fn keep(&self, stop: CancellationToken) {
        let inner = &self.0;
        let upkeep = async {
            match &inner.shared {
                Some(shared) => {
                    let hear = |event| inner.hear(event);
                    tokio::join!(
                        shared.remote.listen(hear),
                        inner.beat(shared),
                        shared.repeat(inner.beats.interval),
                    );
                }
                None => inner.count().await,
            }
        };
        stop.run_until_cancelled(upkeep).await;
    }
}

impl<O: Origin, R: Remote> Inner<O, R> {
    fn hear(self: &Arc<Self>, event: Event) {
        match event {
            Event::Beat(number) => {
                if let Some(sent) = self.beats.back(number) {
                    self.lease.renew(sent);
                }
            }
            Event::Changed { id, version } => {
                // What this replica wrote itself has been taken in.
                if !self.floors.covers(id, version) {
                    self.outdate(id, version);
                }
            }
            Event::Subscribed | Event::Lost => self.empty(),
        }
    }

    /// Forgets the local tier, and keeps nothing of the reads under way.
    fn empty(&self) {
        self.flights.supersede_all(|| {
            if let Some(local) = &self.local {
                local.clear();
            }
        });
    }

    async fn beat(&self, shared: &Shared<R>) {
        let mut ticks = interval(self.beats.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut held = false;
        loop {
            ticks.tick().await;
            let beat = shared.remote.beat(self.beats.next());
            let limit = shared.operation_timeout;
            let tasks = &self.metrics.tasks;
            let taken = tasks.track_async_task_within(HEARTBEAT, limit, beat).await;
            // That it failed is seen by the lease.
            if matches!(taken, Ok(Ok(_))) {
                shared.answered();
            }
            let holds = self.lease.holds();
            if held && !holds {
                tracing::warn!("Changes are not heard of; the local cache is not used");
                self.empty();
            } else if holds && !held {
                tracing::info!("Changes are heard of; the local cache is used");
            }
            held = holds;
            self.count_entries();
        }
    }

    async fn count(&self) {
        let mut ticks = interval(IDLE_TICK);
        loop {
            ticks.tick().await;
            self.count_entries();
        }
    }

    fn count_entries(&self) {
        let entries = self.local.as_ref().map_or(0, |local| local.len());
        let entries = i64::try_from(entries).unwrap_or(i64::MAX);
        self.metrics.entries.set(entries);
    }
}
