//! Statements and pool of a sea-orm database, measured around its connection.
//!
//! sea-orm's own metric callback sees neither errors nor the wait for a connection (docs/adr/0012).

mod acquire;
mod execution;
mod failure;
mod families;
mod gate;
mod pool;
mod query;
mod span;
mod transaction;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    prelude::async_trait::async_trait,
};

use self::{
    acquire::Work,
    execution::Execution,
    families::DatabaseFamilies,
    gate::{Gate, Place},
    pool::Pool,
    span::Peer,
};
pub use self::{acquire::connection_acquired, pool::PoolState, transaction::Transaction};
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
    connection: DatabaseConnection,
    families: Arc<DatabaseFamilies>,
    gate: Arc<Gate>,
    hooked: bool,
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
        let pool = Pool::of(&connection).ok_or(DatabaseError::NoPool)?;
        let peer = Peer::of(&pool);
        let families = DatabaseFamilies::register(
            metrics.registry(),
            metrics.query_buckets(),
            metrics.statements(),
            peer,
        )?;
        families.max_connections.set(pool.max_connections().into());
        let gate = Gate::new(pool.clone(), &families);
        pool::export(pool, gate.queue(), metrics.registry())?;
        Ok(Self {
            connection,
            families: Arc::new(families),
            gate: Arc::new(gate),
            hooked: false,
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
        let mut place = self.enter(writes, &execution).await?;
        let begun = self.connection.begin_with_options(options);
        let begun = self.run(execution, &mut place, begun).await?;
        Ok(Transaction::new(begun, Arc::clone(&self.families), place))
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
        self.connection.close_by_ref().await
    }

    /// Runs a statement as a unit of work of its own.
    async fn unit<T>(&self, execution: Execution<'_>, work: Work<'_, T>) -> Result<T, DbErr> {
        let writes = execution.operation().writes();
        let mut place = self.enter(writes, &execution).await?;
        self.run(execution, &mut place, work).await
    }

    async fn enter(&self, writes: bool, execution: &Execution<'_>) -> Result<Place, DbErr> {
        let place = self.gate.enter(writes).await;
        place.inspect_err(|_| execution.starve())
    }

    /// Runs `work`, which takes a connection first, in the place that keeps one free for it.
    async fn run<T>(
        &self,
        mut execution: Execution<'_>,
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
        let outcome = acquire::within(deadline, work, in_hand).await;
        place.arrive();
        if acquire::is_timeout(&outcome) {
            self.families.pool_timeouts.inc();
            execution.forget();
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
}

#[async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, self.connection.execute_raw(stmt))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, sql);
        self.unit(execution, self.connection.execute_unprepared(sql))
            .await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, self.connection.query_one_raw(stmt))
            .await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        self.unit(execution, self.connection.query_all_raw(stmt))
            .await
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }
}
