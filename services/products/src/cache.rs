//! A read cache in two tiers, in this process and shared by all replicas, in which versions decide
//! (docs/adr/0016). It knows nothing of what it caches but an id, a version and a finished answer.
//!
//! A read goes to the local tier, then to the shared one, then to the origin; one read of a key at
//! a time. A change is published once it is committed: this replica never answers with anything
//! older from then on, the others for as long as their lease at most.

mod breaker;
mod entry;
mod flights;
mod floors;
mod heartbeat;
mod lease;
mod lifetime;
mod local;
mod metrics;
mod pending;
mod redis;
mod remote;
mod shared;

use std::{future::Future, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::Instant;

use self::{
    breaker::Breaker,
    flights::{Flight, Flights, Part},
    floors::Floors,
    heartbeat::Beats,
    lease::Lease,
    local::Local,
    shared::{Lookup, Shared},
};
pub use self::{
    entry::{Document, Entry, FIRST, Id, Kept, LAST, NEVER, State, entity_tag},
    lifetime::Lifetimes,
    metrics::CacheMetrics,
    redis::{RedisFailure, RedisRemote},
    remote::{Change, Event, Remote},
};

/// What was found at the origin, or written there, is stored in the shared tier for this long at most
/// after the read or the write began; later, what would forbid it there may have expired.
const LONGEST_WINDOW: Duration = Duration::from_secs(5);

/// How a cache is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long entries live.
    pub lifetimes: Lifetimes,
    /// How much the local tier holds, in bytes; `None` for no local tier.
    pub local_capacity: Option<u64>,
    /// How long an operation on the shared tier may take.
    pub operation_timeout: Duration,
    /// How long the local tier is believed after the last heartbeat that came back.
    pub outage_ttl: Duration,
    /// Failures in a row after which the shared tier is not asked for a while.
    pub breaker_failures: u32,
    /// That while.
    pub breaker_open: Duration,
}

/// Where the truth is.
pub trait Origin: Send + Sync + 'static {
    /// Why it cannot be told.
    type Error: Clone + Send + Sync + 'static;

    /// The state of an object at this moment: absent, at the version [`NEVER`], where there is none.
    fn load(&self, id: Id) -> impl Future<Output = Result<Arc<Entry>, Self::Error>> + Send;
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A tier of the cache.
    Hit,
    /// The origin, since no tier had it.
    Miss,
    /// The origin, since no tier could be asked.
    Bypass,
}

/// What a read found.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The state of the object.
    pub entry: Arc<Entry>,
    /// Where it came from.
    pub source: Source,
}

/// How a cache is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Entries in the local tier, about.
    pub entries: u64,
    /// The shared tier is not asked, because it did not answer.
    pub circuit_open: bool,
    /// Changes that the shared tier has yet to be told.
    pub pending_changes: usize,
}

/// A read cache. A clone is the same cache.
pub struct Cache<O: Origin, R: Remote>(Arc<Inner<O, R>>);

struct Inner<O: Origin, R: Remote> {
    origin: O,
    local: Option<Local>,
    shared: Option<Shared<R>>,
    lease: Lease,
    floors: Floors,
    beats: Beats,
    flights: Flights<Result<Reading, O::Error>>,
    lifetimes: Lifetimes,
    /// For how long after its read or its write began an answer may be stored in the shared tier.
    window: Duration,
    metrics: CacheMetrics,
}

impl<O: Origin, R: Remote> Cache<O, R> {
    /// A cache of `origin` with the tiers that there are, one at least. Without a shared tier nobody
    /// but this process may change the origin. With one, [`Cache::keep`] must run.
    pub fn new(origin: O, remote: Option<R>, settings: &Settings, metrics: CacheMetrics) -> Self {
        let lifetimes = settings.lifetimes;
        let window = LONGEST_WINDOW.min(lifetimes.present / 2);
        let memory = lifetimes.longest() + window;
        let local = settings.local_capacity.map(Local::new);
        let lease = match remote {
            Some(_) => Lease::new(settings.outage_ttl),
            None => Lease::unlimited(),
        };
        let shared = remote.map(|remote| {
            let breaker = Breaker::new(settings.breaker_failures, settings.breaker_open);
            let timeout = settings.operation_timeout;
            Shared::new(remote, timeout, memory, breaker, metrics.clone())
        });
        Self(Arc::new(Inner {
            origin,
            local,
            shared,
            lease,
            floors: Floors::new(memory),
            beats: Beats::new(settings.outage_ttl),
            flights: Flights::new(),
            lifetimes,
            window,
            metrics,
        }))
    }

    /// Whether there is a shared tier: what is published is read by nobody else.
    pub fn is_shared(&self) -> bool {
        self.0.shared.is_some()
    }

    /// Whether changes are heard of: the shared tier answers, if there is one.
    pub fn is_heard(&self) -> bool {
        self.0.lease.holds()
    }

    /// How the cache is doing at this moment.
    pub fn condition(&self) -> Condition {
        let inner = &self.0;
        Condition {
            entries: inner.local.as_ref().map_or(0, Local::len),
            circuit_open: inner.shared.as_ref().is_some_and(Shared::is_open),
            pending_changes: inner.shared.as_ref().map_or(0, Shared::pending),
        }
    }

    /// What the local tier says, at once.
    pub fn peek(&self, id: Id) -> Option<Reading> {
        let entry = self.0.believed()?.get(id)?;
        self.0.metrics.local.found(entry.is_present());
        Some(Reading::hit(entry))
    }

    /// The state of an object, from the nearest place that may be believed.
    ///
    /// # Errors
    /// Those of the origin.
    pub async fn read(&self, id: Id) -> Result<Reading, O::Error> {
        if let Some(reading) = self.peek(id) {
            return Ok(reading);
        }
        let inner = &self.0;
        if inner.believed().is_some() {
            inner.metrics.local.miss.inc();
        }
        let under_way = match inner.flights.join(id) {
            Part::Passenger(under_way) => {
                inner.metrics.coalesced.inc();
                under_way
            }
            Part::Pilot(flight) => {
                let under_way = flight.under_way();
                // It goes on when its first caller leaves.
                telemetry::spawn(Arc::clone(inner).fly(flight));
                under_way
            }
        };
        if let Some(reading) = under_way.landed().await {
            return reading;
        }
        // It panicked. What that was is in the log.
        let entry = inner.origin.load(id).await?;
        let source = Source::Miss;
        Ok(Reading { entry, source })
    }

    /// Makes changes known that were committed by a write that began at `begun`. When this is done,
    /// this replica answers with nothing older, and the others have been told, or will be.
    pub async fn publish(&self, changes: Vec<(Id, Arc<Entry>)>, begun: Instant) {
        let inner = &self.0;
        for (id, entry) in &changes {
            if inner.shared.is_some() || entry.version == LAST {
                inner.floors.raise(*id, entry.version);
            }
            inner.outdate(*id, entry.version);
        }
        let Some(shared) = &inner.shared else {
            return;
        };
        let by = begun + inner.window;
        let change = |(id, entry): (Id, Arc<Entry>)| Change {
            id,
            lifetime: inner.published_lifetime(&entry),
            entry,
            by,
        };
        shared
            .publish(changes.into_iter().map(change).collect())
            .await;
    }

    /// Tries once more to make known what could not be made known so far, for nobody will afterwards.
    pub async fn publish_pending(&self) {
        if let Some(shared) = &self.0.shared {
            shared.publish_pending().await;
        }
    }

    /// Makes known that objects may have been changed, or may be yet: nobody knows.
    pub async fn doubt(&self, ids: impl IntoIterator<Item = Id>) {
        let unknown = ids.into_iter().map(|id| (id, Entry::unknown(LAST)));
        self.publish(unknown.collect(), Instant::now()).await;
    }
}

impl<O: Origin, R: Remote> Inner<O, R> {
    /// The local tier, while it may be believed.
    fn believed(&self) -> Option<&Local> {
        self.local.as_ref().filter(|_| self.lease.holds())
    }

    /// Reads where the local tier did not know.
    async fn fly(self: Arc<Self>, flight: Flight<Result<Reading, O::Error>>) {
        let begun = Instant::now();
        let id = flight.id;
        let lookup = self.look_up(id).await;
        if let Lookup::Found(kept) = lookup {
            let reading = Reading::hit(Arc::clone(&kept.entry));
            return flight.land(Ok(reading), || self.keep(id, kept, begun));
        }
        let entry = match self.origin.load(id).await {
            Ok(entry) => entry,
            Err(error) => return flight.land(Err(error), || {}),
        };
        let asked = !matches!(lookup, Lookup::Unavailable) || self.believed().is_some();
        let reading = Reading {
            entry: Arc::clone(&entry),
            source: if asked { Source::Miss } else { Source::Bypass },
        };
        if !matches!(lookup, Lookup::Missing) {
            // The shared tier may know why this must not be kept.
            return flight.land(Ok(reading), || {});
        }
        let lifetime = self.lifetimes.of(&entry);
        let kept = Kept {
            entry: Arc::clone(&entry),
            lifetime,
        };
        flight.land(Ok(reading), || self.keep(id, kept, begun));
        if let Some(shared) = &self.shared {
            let by = begun + self.window;
            let read = Change {
                id,
                entry,
                lifetime,
                by,
            };
            shared.offer(&read).await;
        }
    }

    /// What the shared tier says that may be believed.
    async fn look_up(&self, id: Id) -> Lookup {
        let Some(shared) = &self.shared else {
            return Lookup::Missing;
        };
        let lookup = shared.get(id).await;
        let result = &self.metrics.shared;
        match lookup {
            Lookup::Found(kept) if self.admits(id, &kept.entry) => {
                result.found(kept.entry.is_present());
                Lookup::Found(kept)
            }
            Lookup::Found(kept) if kept.entry.version == LAST => {
                result.miss.inc();
                Lookup::Doubtful
            }
            Lookup::Found(_) | Lookup::Missing => {
                result.miss.inc();
                Lookup::Missing
            }
            other => other,
        }
    }

    /// Whether what the shared tier says of an object may be believed.
    fn admits(&self, id: Id, entry: &Entry) -> bool {
        !entry.is_unknown() && self.floors.admit(id, entry.version)
    }

    /// Keeps what was read, by a read that began at `begun`, as far as it may be believed later.
    fn keep(&self, id: Id, kept: Kept, begun: Instant) {
        if let Some(local) = self.believed()
            && !self.floors.in_doubt(id)
        {
            let lifetime = kept.lifetime.saturating_sub(begun.elapsed());
            local.put(id, Kept { lifetime, ..kept });
        }
    }

    /// Forgets what is older than `version`, and keeps nothing of a read under way. What was written
    /// is not kept here either: others may have written, and been heard of, since.
    fn outdate(&self, id: Id, version: i64) {
        self.flights.supersede(id, || {
            if let Some(local) = &self.local {
                local.drop_older(id, version);
            }
        });
    }

    /// How long the shared tier keeps a change. What forbids older values there must outlive
    /// those who may still store them.
    fn published_lifetime(&self, entry: &Entry) -> Duration {
        match entry.state {
            State::Present(_) | State::Absent => self.lifetimes.of(entry).max(2 * self.window),
            State::Unknown => self.lifetimes.longest(),
        }
    }
}

impl Reading {
    fn hit(entry: Arc<Entry>) -> Self {
        let source = Source::Hit;
        Self { entry, source }
    }
}

impl<O: Origin, R: Remote> Clone for Cache<O, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
