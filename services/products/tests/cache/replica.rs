//! One process of the service.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use products::cache::{Cache, CacheMetrics, Entry, Id, Lifetimes, NEVER, Settings};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    dice::Dice,
    origin::Database,
    port::Port,
    tier::Tier,
    truth::{self, Truth},
};

pub(crate) const OUTAGE_TTL: Duration = Duration::from_secs(1);
/// How late at most a write is committed that had no answer.
const LATE: Duration = Duration::from_secs(1);
const OPERATION_TIMEOUT: Duration = Duration::from_millis(50);

pub(crate) struct Replica {
    pub(crate) port: Port,
    cache: Cache<Database, Port>,
    truth: Truth,
    dice: Dice,
    /// The newest version of each object whose write was acknowledged here.
    acknowledged: Mutex<HashMap<Id, i64>>,
    /// Objects that a write may have changed which had no answer, since when.
    in_doubt: Mutex<HashMap<Id, Instant>>,
    fails: bool,
    ttl: Duration,
    stop: CancellationToken,
}

/// How long things take in a story.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The life of an answer.
    pub(crate) ttl: Duration,
    /// Queries may hang.
    pub(crate) hangs: bool,
}

/// What a reader was told, and what it had to be told at least.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) version: i64,
    pub(crate) own: i64,
    pub(crate) due: i64,
    pub(crate) answer: Arc<Entry>,
}

impl Replica {
    pub(crate) fn start(
        replica: u32,
        dice: &Dice,
        tier: &Tier,
        truth: &Truth,
        metrics: &CacheMetrics,
        fails: bool,
        pace: Pace,
    ) -> Arc<Self> {
        let port = Port {
            replica,
            dice: dice.clone(),
            tier: tier.clone(),
            cut: Arc::new(AtomicBool::new(false)),
            fails,
        };
        let origin = Database {
            dice: dice.clone(),
            truth: truth.clone(),
            hangs: pace.hangs,
        };
        let settings = Settings {
            lifetimes: Lifetimes {
                present: pace.ttl,
                absent: OUTAGE_TTL,
                jitter: 0.1,
            },
            local_capacity: Some(1 << 20),
            operation_timeout: OPERATION_TIMEOUT,
            outage_ttl: OUTAGE_TTL,
            breaker_failures: 3,
            breaker_open: Duration::from_millis(200),
        };
        let cache = Cache::new(origin, Some(port.clone()), &settings, metrics.clone());
        let stop = CancellationToken::new();
        let (kept, stopped) = (cache.clone(), stop.clone());
        tokio::spawn(async move { kept.keep(stopped).await });
        Arc::new(Self {
            port,
            cache,
            truth: truth.clone(),
            dice: dice.clone(),
            acknowledged: Mutex::default(),
            in_doubt: Mutex::default(),
            fails,
            ttl: pace.ttl,
            stop,
        })
    }

    /// Ends it without a word.
    pub(crate) fn crash(&self) {
        self.stop.cancel();
        self.port.cut();
    }

    /// A write in a task of its own; it is acknowledged at the end, if it is.
    pub(crate) async fn write(&self, id: Id, present: bool) {
        self.dice.pause(OPERATION_TIMEOUT).await;
        if self.fails && self.dice.once_in(30) {
            self.write_without_an_answer(id, present).await;
            return;
        }
        let begun = Instant::now();
        let version = self.truth.commit(id, present);
        self.dice.pause(OPERATION_TIMEOUT).await;
        if self.fails && self.dice.once_in(30) {
            // Its publisher is gone; so is this process, soon.
            return;
        }
        let change = (id, truth::entry(version, present));
        self.cache.publish(vec![change], begun).await;
        let mut acknowledged = self.acknowledged.lock().unwrap();
        let newest = acknowledged.entry(id).or_insert(NEVER);
        *newest = version.max(*newest);
    }

    /// The connection to the database breaks at the commit, which may have come to pass, or may yet.
    async fn write_without_an_answer(&self, id: Id, present: bool) {
        let (truth, late) = (self.truth.clone(), self.dice.time(LATE));
        let commits = self.dice.once_in(2);
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            if commits {
                truth.commit(id, present);
            }
        });
        self.cache.doubt([id]).await;
        let mut in_doubt = self.in_doubt.lock().unwrap();
        in_doubt.insert(id, Instant::now());
    }

    /// The version that this replica must know of by now.
    pub(crate) fn known(&self, id: Id) -> i64 {
        let in_doubt = self.in_doubt.lock().unwrap().get(&id).copied();
        if in_doubt.is_some_and(|since| since.elapsed() < self.ttl) {
            // Nothing but the database can say.
            return self.truth.settled(id, Instant::now());
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.get(&id).copied().unwrap_or(NEVER)
    }

    /// A read, unless the database fails.
    pub(crate) async fn read(&self, id: Id, expired: Duration) -> Option<Told> {
        let own = self.known(id);
        let due = self.truth.due(id, Instant::now(), OUTAGE_TTL, expired);
        let reading = self.cache.read(id).await.ok()?;
        Some(Told {
            version: self.truth.freshness(id, &reading.entry),
            own,
            due,
            answer: reading.entry,
        })
    }
}
