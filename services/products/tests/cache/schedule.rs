//! One story: replicas, clients, and what befalls them.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use products::cache::{CacheMetrics, Id};
use tokio::{runtime::Builder, task::JoinSet, time::sleep};

use crate::{
    dice::Dice,
    origin::HANGS,
    replica::{OUTAGE_TTL, Pace, Replica, Told},
    tier::Tier,
    truth::Truth,
};

const REPLICAS: u32 = 2;
const KEYS: u32 = 2;
const CLIENTS: u32 = 4;
const STEPS: u32 = 8;

/// How long clients rest at most between two steps.
const REST: Duration = Duration::from_millis(300);

/// A life that is over before long: nothing older may be told once it is.
const SHORT: Duration = Duration::from_secs(2);

/// A life that is not: what is not told anew stays old.
const LONG: Duration = Duration::from_secs(60);

/// How long a read takes at most that goes to both tiers and the database.
const READ: Duration = Duration::from_millis(300);

/// The same, where queries may hang.
const LONGEST_READ: Duration = READ.saturating_add(HANGS.saturating_mul(2));

/// After this all that was acknowledged is known to all, if the tier has forgotten nothing: until the
/// ways to it are found to be well again, publications have been repeated and changes heard.
const SOON: Duration = Duration::from_secs(9);

/// What the world is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    /// The shared tier compares versions; without that it takes whatever comes last.
    pub(crate) compares: bool,
    /// It watches the clock; without that it takes what comes too late.
    pub(crate) watches: bool,
    /// The tier and the ways to it fail.
    pub(crate) fails: bool,
}

/// A reader who was told something too old.
#[derive(Debug)]
pub(crate) struct Stale {
    seed: u64,
    replica: u32,
    id: Id,
    told: Told,
    when: &'static str,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            replica,
            id,
            told,
            when,
        } = self;
        write!(
            f,
            "seed {seed}: {when} replica {replica} says of {id} {:?}, which stands for version {} at best; its own \
             writes demand {}, everybody's {}",
            told.answer, told.version, told.own, told.due
        )
    }
}

/// Plays the story of a seed.
pub(crate) fn play(seed: u64, world: World, metrics: &CacheMetrics) -> Result<(), Stale> {
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(Story::new(seed, world, metrics).run())
}

/// A clone is the same story.
#[derive(Clone)]
struct Story {
    seed: u64,
    world: World,
    dice: Dice,
    truth: Truth,
    tier: Tier,
    metrics: CacheMetrics,
    replicas: Arc<Mutex<Vec<Arc<Replica>>>>,
    stale: Arc<Mutex<Option<Stale>>>,
    pace: Pace,
    /// After this nothing older is told by anybody.
    expired: Duration,
    /// The tier has forgotten something.
    lossy: Arc<AtomicBool>,
}

impl Story {
    fn new(seed: u64, world: World, metrics: &CacheMetrics) -> Self {
        let dice = Dice::new(seed);
        let pace = Pace {
            ttl: if dice.once_in(3) { LONG } else { SHORT },
            hangs: dice.once_in(4),
        };
        let read = if pace.hangs { LONGEST_READ } else { READ };
        let truth = Truth::new(read);
        let tier = Tier::new(dice.clone(), truth.clone(), world);
        Self {
            seed,
            world,
            dice,
            truth,
            tier,
            metrics: metrics.clone(),
            replicas: Arc::default(),
            stale: Arc::default(),
            pace,
            // A value is stored for half a life after it was overwritten, and told until its end.
            expired: pace.ttl + pace.ttl / 2 + read,
            lossy: Arc::default(),
        }
    }

    async fn run(self) -> Result<(), Stale> {
        for number in 0..REPLICAS {
            let replica = self.replica(number);
            self.replicas.lock().unwrap().push(replica);
        }
        let mut acting = JoinSet::new();
        for _ in 0..CLIENTS {
            acting.spawn(self.clone().client());
        }
        if self.world.fails {
            acting.spawn(self.clone().fate());
        }
        while acting.join_next().await.is_some() {}
        self.clone().end().await;
        match self.stale.lock().unwrap().take() {
            Some(stale) => Err(stale),
            None => Ok(()),
        }
    }

    fn replica(&self, number: u32) -> Arc<Replica> {
        let Self {
            dice,
            tier,
            truth,
            metrics,
            world,
            pace,
            ..
        } = self;
        Replica::start(number, dice, tier, truth, metrics, world.fails, *pace)
    }

    fn any_replica(&self) -> Arc<Replica> {
        let number = self.dice.below(REPLICAS) as usize;
        Arc::clone(&self.replicas.lock().unwrap()[number])
    }

    fn any_key(&self) -> Id {
        self.dice.below(KEYS).into()
    }

    async fn client(self) {
        for _ in 0..STEPS {
            self.dice.pause(REST).await;
            let (replica, id) = (self.any_replica(), self.any_key());
            match self.dice.below(5) {
                0 => replica.write(id, true).await,
                1 => replica.write(id, false).await,
                2 => {
                    replica.write(id, true).await;
                    self.look(&replica, id, "after its write").await;
                }
                _ => self.look(&replica, id, "at any time").await,
            }
        }
    }

    async fn look(&self, replica: &Replica, id: Id, when: &'static str) {
        if let Some(told) = replica.read(id, self.expired).await {
            self.judge(replica, id, told, when);
        }
    }

    fn judge(&self, replica: &Replica, id: Id, told: Told, when: &'static str) {
        if told.version < told.own.max(told.due) {
            let stale = Stale {
                seed: self.seed,
                replica: replica.port.replica,
                id,
                told,
                when,
            };
            self.stale.lock().unwrap().get_or_insert(stale);
        }
    }

    /// What befalls the tier, the ways to it, and the processes.
    async fn fate(self) {
        for _ in 0..self.dice.below(4) {
            self.dice.pause(3 * REST).await;
            let what = self.dice.below(7);
            if what < 3 {
                self.lossy.store(true, Ordering::Relaxed);
            }
            match what {
                0 => self.tier.restart(false),
                1 => {
                    self.tier.take_snapshot();
                    self.dice.pause(3 * REST).await;
                    self.tier.restart(true);
                }
                2 => self.tier.evict(self.any_key()),
                3 => self.crash(),
                4 => self.tier.unsubscribe(self.dice.below(REPLICAS)),
                _ => {
                    let port = self.any_replica().port.clone();
                    port.cut();
                    self.dice.pause(4 * OUTAGE_TTL).await;
                    port.heal();
                }
            }
        }
    }

    /// A process ends; another one takes its place and knows nothing.
    fn crash(&self) {
        let number = self.dice.below(REPLICAS);
        let replica = self.replica(number);
        let former =
            std::mem::replace(&mut self.replicas.lock().unwrap()[number as usize], replica);
        former.crash();
    }

    /// Everything is well again; soon everybody knows everything.
    async fn end(self) {
        let replicas = self.replicas.lock().unwrap().clone();
        for replica in &replicas {
            replica.port.heal();
        }
        // Waiting is most of a story's work: not every one is told to its end.
        if !self.lossy.load(Ordering::Relaxed) && self.dice.once_in(2) {
            sleep(SOON).await;
            for id in 0..KEYS.into() {
                let known = replicas.iter().map(|replica| replica.known(id));
                let due = known.max().unwrap_or_default();
                for replica in &replicas {
                    if let Some(told) = replica.read(id, self.expired).await {
                        self.judge(replica, id, Told { due, ..told }, "soon");
                    }
                }
            }
        }
        if self.pace.ttl > SHORT || !self.dice.once_in(4) {
            return;
        }
        sleep(self.expired).await;
        for replica in &replicas {
            for id in 0..KEYS {
                self.look(replica, id.into(), "in the end").await;
            }
        }
    }
}
