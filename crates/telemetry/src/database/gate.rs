//! The places in front of the pool, one for each connection.
//!
//! sqlx's pool does not say how many wait for it. Whoever enters here is counted until a connection
//! is in hand: a place may be free before its connection is, for sqlx takes one back only when the
//! statement of a caller that left has ended.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use prometheus::IntCounter;
use sea_orm::DbErr;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{DatabaseFamilies, acquire, pool::PoolState, pools::Pools};

/// Admits as much work as there are connections, in the order of asking.
#[derive(Debug)]
pub(super) struct Gate {
    connections: Arc<Semaphore>,
    /// SQLite has one writer at a time: its turn is waited for here, in order and without a
    /// connection, and not in SQLite's own busy loop.
    turn: Option<Arc<Semaphore>>,
    acquire_timeout: Duration,
    pools: Arc<Pools>,
    queue: Arc<Queue>,
    timeouts: IntCounter,
}

/// Work that has no connection in hand.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Arc<AtomicU32>,
    /// Of these, the ones whose connection is being opened.
    opening: Arc<AtomicU32>,
}

/// A unit of work's place, held until its connection is on the way back to the pool.
#[derive(Debug)]
pub(super) struct Place {
    /// When the unit asked for a connection.
    pub(super) asked: Instant,
    /// When it got its place.
    pub(super) entered: Instant,
    /// When it gives up if it has no connection in hand.
    pub(super) deadline: Instant,
    queued: Option<(Counted, Option<Counted>)>,
    _connection: OwnedSemaphorePermit,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Gate {
    pub(super) fn new(pools: Arc<Pools>, families: &DatabaseFamilies) -> Self {
        let pool = &pools.current().pool;
        let connections = pool.max_connections() as usize;
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            turn: pool
                .has_single_writer()
                .then(|| Arc::new(Semaphore::new(1))),
            acquire_timeout: pool.acquire_timeout(),
            pools,
            queue: Arc::default(),
            timeouts: families.pool_timeouts.clone(),
        }
    }

    /// How long a unit may wait for a connection.
    pub(super) fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    pub(super) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }

    /// What the pool and those in front of it are doing.
    pub(super) fn state(&self) -> PoolState {
        PoolState::read(&self.pools.current().pool, &self.queue)
    }

    /// Waits for a place, and before that for the turn if the work `writes`.
    pub(super) async fn enter(&self, writes: bool) -> Result<Place, DbErr> {
        let asked = Instant::now();
        let deadline = asked + self.acquire_timeout;
        let waiting = Counted::new(&self.queue.waiting);
        let turn = match &self.turn {
            Some(turn) if writes => Some(self.wait(turn, deadline).await?),
            _ => None,
        };
        let connection = self.wait(&self.connections, deadline).await?;
        let opening = self.pools.current().pool.opens_next();
        let opening = opening.then(|| Counted::new(&self.queue.opening));
        Ok(Place {
            asked,
            entered: Instant::now(),
            deadline,
            queued: Some((waiting, opening)),
            _connection: connection,
            _turn: turn,
        })
    }

    async fn wait(
        &self,
        semaphore: &Arc<Semaphore>,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, DbErr> {
        if let Ok(permit) = Arc::clone(semaphore).try_acquire_owned() {
            return Ok(permit);
        }
        let permit = timeout_at(deadline, Arc::clone(semaphore).acquire_owned()).await;
        let permit = permit.map_err(|_| {
            self.timeouts.inc();
            acquire::timeout()
        })?;
        Ok(permit.expect("the semaphore is never closed"))
    }
}

impl Place {
    /// The unit has its connection in hand: it waits no more.
    pub(super) fn arrive(&mut self) {
        self.queued = None;
    }
}

impl Queue {
    pub(super) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn opening(&self) -> u32 {
        self.opening.load(Ordering::Relaxed)
    }
}

/// Is counted as long as it lives, also when it is part of a future that is dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(counter: &Arc<AtomicU32>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
