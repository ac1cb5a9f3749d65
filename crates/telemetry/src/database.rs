//! Statements and pool of a sea-orm database, measured around its connection.
//!
//! sea-orm's own metric callback sees neither errors nor the wait for a connection (docs/adr/0012).

mod acquire;
mod eager;
mod execution;
mod failure;
mod families;
mod gate;
mod pool;
mod pools;
mod query;
mod span;
mod transaction;
mod vigil;
mod watched;

use std::{future::Future, sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    prelude::async_trait::async_trait, sqlx,
};

use self::{
    acquire::Work,
    execution::Execution,
    families::DatabaseFamilies,
    gate::{Gate, Place},
    pools::{Open, Pools},
    span::Peer,
    vigil::{End, Vigil},
    watched::Watched,
};
pub use self::{
    acquire::connection_acquired, pool::PoolState, transaction::Transaction, vigil::Sign,
};
use crate::{
    Metrics, MetricsError,
    statements::{lexer, operation},
};

/// A database connection with a measure around it. A clone is the same database.
///
/// Work on it, a statement or a transaction, waits for one of as many places as the pool has
/// connections, and on SQLite what writes waits for its turn before that, each in the order of
/// asking. Work that has no connection in hand within the pool's acquire timeout ends with
/// [`DbErr::ConnectionAcquire`].
#[derive(Debug, Clone)]
pub struct Database {
    pools: Arc<Pools>,
    families: Arc<DatabaseFamilies>,
    gate: Arc<Gate>,
    hooked: bool,
    vigil: Option<Arc<Vigil>>,
    statement_timeout: Option<Duration>,
}

/// Why a database cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The connection has no pool of sqlx's, or one of a database that is not known here.
    #[error("only pools of PostgreSQL and SQLite can be measured")]
    NoPool,
    /// The families could not be registered: a registry has room for one database.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl Database {
    /// Measures `connection`, with the size and the acquire timeout of its pool. All series exist
    /// at zero from this call on.
    ///
    /// # Errors
    ///
    /// [`DatabaseError`] when there is no pool to measure, or `metrics` has a database already.
    pub fn new(metrics: &Metrics, connection: DatabaseConnection) -> Result<Self, DatabaseError> {
        let open = Open::new(connection).ok_or(DatabaseError::NoPool)?;
        let peer = Peer::of(&open.pool);
        let families = DatabaseFamilies::register(
            metrics.registry(),
            metrics.query_buckets(),
            metrics.statements(),
            peer,
        )?;
        let max_connections = open.pool.max_connections();
        families.max_connections.set(max_connections.into());
        let pools = Arc::new(Pools::new(open));
        let gate = Gate::new(Arc::clone(&pools), &families);
        pool::export(Arc::clone(&pools), gate.queue(), metrics.registry())?;
        Ok(Self {
            pools,
            families: Arc::new(families),
            gate: Arc::new(gate),
            hooked: false,
            vigil: None,
            statement_timeout: None,
        })
    }

    /// Says that the pool's hooks `before_acquire` and `after_connect` call
    /// [`connection_acquired`] as the last thing they do.
    ///
    /// Without them the moment of a connection is not known: connecting counts as part of the
    /// statement, and only sqlx's own timeout ends it.
    #[must_use]
    pub fn hooked(mut self) -> Self {
        self.hooked = true;
        self
    }

    /// Has the database asked for a sign of life by `probe` when work on it waits for long, and the
    /// work given up when there is none, within the pool's acquire timeout. It ends with what came
    /// of the question then, [`std::io::ErrorKind::TimedOut`] where nothing did.
    ///
    /// `probe` asks something cheap on a connection of its own. `reopen` makes another pool for the
    /// same database, which connects to nothing yet: it takes the place of one with connections that
    /// broke or hang. That of an embedded database is kept.
    #[must_use]
    pub fn watched<P>(
        mut self,
        probe: impl Fn() -> P + Send + Sync + 'static,
        reopen: impl Fn() -> DatabaseConnection + Send + Sync + 'static,
    ) -> Self
    where
        P: Future<Output = Result<Sign, sqlx::Error>> + Send + 'static,
    {
        let bound = self.gate.acquire_timeout();
        let vigil = Vigil::new(Arc::clone(&self.pools), bound, probe, reopen);
        self.vigil = Some(Arc::new(vigil));
        self
    }

    /// Says when the database ends a statement by itself (PostgreSQL's `statement_timeout`). One that
    /// takes longer by more than the acquire timeout has lost its connection, and is given up.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = Some(timeout);
        self
    }

    /// Asks the database by the probe of [`Database::watched`], whether or not the pool is busy;
    /// without one there is nothing to ask. It is asked to the end, even if the caller leaves.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when it does not answer, or not well.
    pub async fn ping(&self) -> Result<(), DbErr> {
        match &self.vigil {
            Some(vigil) => vigil.ping().await.map_err(vigil::query),
            None => Ok(()),
        }
    }

    /// Begins a transaction. On SQLite one that is `IMMEDIATE` or `EXCLUSIVE` has the turn to write
    /// until it ends.
    ///
    /// # Errors
    ///
    /// [`DbErr::ConnectionAcquire`] when no connection was free in time, and whatever BEGIN fails
    /// with.
    pub async fn begin(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        use SqliteTransactionMode::{Exclusive, Immediate};
        let writes = matches!(options.sqlite_transaction_mode, Some(Immediate | Exclusive));
        let execution = Execution::new(&self.families, "BEGIN");
        let (watched, mut place) = self.enter(writes, &execution).await?;
        let begun = watched.connection().begin_with_options(options);
        let begun = self.run(execution, &watched, &mut place, begun).await?;
        let families = Arc::clone(&self.families);
        Ok(Transaction::new(begun, families, watched, place))
    }

    /// What the connections of the pool are doing: the numbers of the `db_pool_*` gauges.
    #[must_use]
    pub fn pool(&self) -> PoolState {
        self.gate.state()
    }

    /// States how many migrations the database has not seen: `db_migrations_pending`.
    pub fn set_pending_migrations(&self, pending: usize) {
        let pending = i64::try_from(pending).unwrap_or(i64::MAX);
        self.families.migrations_pending.set(pending);
    }

    /// Closes the pool; work under way is finished first.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when the driver cannot close a connection.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.pools.current().connection.close_by_ref().await
    }

    /// Runs a statement as a unit of work of its own.
    async fn unit<T>(
        &self,
        execution: Execution<'_>,
        work: impl for<'a> FnOnce(&'a DatabaseConnection) -> Work<'a, T>,
    ) -> Result<T, DbErr> {
        let writes = execution.operation().writes();
        let (watched, mut place) = self.enter(writes, &execution).await?;
        let work = work(watched.connection());
        self.run(execution, &watched, &mut place, work).await
    }

    /// Waits for a place, and gives the pool that is in use by then.
    async fn enter(
        &self,
        writes: bool,
        execution: &Execution<'_>,
    ) -> Result<(Watched, Place), DbErr> {
        let watched = |timeout| Watched::new(self.pools.current(), self.vigil.clone(), timeout);
        // Those who hold the places may wait for a dead database.
        let entered = match watched(None).wait_in_line(self.gate.enter(writes)).await {
            End::Outcome(entered) => entered,
            End::GivenUp(error) => {
                self.families.pool_timeouts.inc();
                Err(DbErr::Conn(RuntimeErr::SqlxError(error)))
            }
        };
        let place = entered.inspect_err(|_| execution.starve())?;
        Ok((watched(self.statement_timeout), place))
    }

    /// Runs `work`, which takes a connection first, in the place that keeps one free for it.
    async fn run<T>(
        &self,
        mut execution: Execution<'_>,
        watched: &Watched,
        place: &mut Place,
        work: Work<'_, T>,
    ) -> Result<T, DbErr> {
        let deadline = self.hooked.then_some(place.deadline);
        let in_hand = |at| {
            if self.hooked {
                self.families.acquired(place.asked, at);
            }
            execution.begin(at);
            place.arrive();
        };
        let work = acquire::within(deadline, work, in_hand);
        let end = watched.wait(work).await;
        place.arrive();
        let starved = self.hooked && !execution.has_begun();
        let outcome = match end {
            End::Outcome(outcome) => outcome,
            End::GivenUp(error) if starved => {
                self.starve(execution);
                return Err(DbErr::Conn(RuntimeErr::SqlxError(error)));
            }
            End::GivenUp(error) => Err(vigil::query(error)),
        };
        if acquire::is_timeout(&outcome) {
            self.starve(execution);
        } else {
            if !self.hooked {
                // Until now nobody knew whether there was a connection.
                self.families.acquired(place.asked, place.entered);
            }
            // Has an effect where there was no connection in hand: connecting failed.
            execution.begin(place.entered);
            execution.end(&outcome);
        }
        outcome
    }

    /// Counts work that had no connection in time.
    fn starve(&self, execution: Execution<'_>) {
        self.families.pool_timeouts.inc();
        execution.forget();
    }
}

#[async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.pools.current().connection.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, |connection| connection.execute_raw(stmt))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, sql);
        let writes = execution.operation().writes();
        let (watched, mut place) = self.enter(writes, &execution).await?;
        let work = watched.connection().execute_unprepared(sql);
        self.run(execution, &watched, &mut place, work).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, |connection| connection.query_one_raw(stmt))
            .await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, |connection| connection.query_all_raw(stmt))
            .await
    }

    fn support_returning(&self) -> bool {
        self.pools.current().connection.support_returning()
    }
}
