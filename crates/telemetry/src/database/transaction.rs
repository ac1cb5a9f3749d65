//! A transaction with a measure around it.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};
use tokio::time::Instant;

use super::{
    DatabaseFamilies, Place, Watched, Work,
    execution::Execution,
    vigil::{self, End},
};

/// A transaction under way on a connection of its own. Dropped, it is rolled back without being
/// waited for.
#[derive(Debug)]
pub struct Transaction {
    // First, so that its connection is on the way back before the place is given on.
    inner: DatabaseTransaction,
    statements: Statements,
    place: Place,
}

/// How the statements of a transaction run.
#[derive(Debug)]
struct Statements {
    families: Arc<DatabaseFamilies>,
    watched: Watched,
    /// One was given up: the connection may never answer again.
    given_up: AtomicBool,
}

impl Transaction {
    pub(super) fn new(
        inner: DatabaseTransaction,
        families: Arc<DatabaseFamilies>,
        watched: Watched,
        place: Place,
    ) -> Self {
        let statements = Statements {
            families,
            watched,
            given_up: AtomicBool::new(false),
        };
        Self {
            inner,
            statements,
            place,
        }
    }

    /// sea-orm's own transaction, for what takes nothing else, its migrator for one. Statements
    /// that run on it directly are not measured, and watched only by [`Transaction::watch`].
    #[must_use]
    pub fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Says that the statements from here on may take longer than the database's statement timeout.
    pub fn take_time(&mut self) {
        self.statements.watched.statement_timeout = None;
    }

    /// Waits for `work` on [`Transaction::inner`] as long as the database lives
    /// ([`Database::watched`](super::Database::watched)).
    ///
    /// # Errors
    ///
    /// Those of `work`, and [`DbErr`] when it was given up.
    pub async fn watch<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.statements.wait(work).await
    }

    /// Makes the transaction's effects last.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when the database refuses, or cannot be asked any more; then nobody knows.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            inner,
            statements,
            place: _place,
        } = self;
        let execution = statements.execution("COMMIT");
        statements.run(execution, Box::pin(inner.commit())).await
    }

    /// Undoes the transaction's effects, and waits until that is done.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when the connection broke; the database rolls back by itself then.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self {
            inner,
            statements,
            place: _place,
        } = self;
        if statements.given_up.load(Ordering::Relaxed) {
            return Ok(());
        }
        let execution = statements.execution("ROLLBACK");
        statements.run(execution, Box::pin(inner.rollback())).await
    }
}

impl Statements {
    fn execution(&self, sql: &str) -> Execution<'_> {
        Execution::new(&self.families, sql)
    }

    /// Runs a statement on the connection, which is in hand.
    async fn run<T>(&self, mut execution: Execution<'_>, work: Work<'_, T>) -> Result<T, DbErr> {
        execution.begin(Instant::now());
        let outcome = self.wait(work).await;
        execution.end(&outcome);
        outcome
    }

    async fn wait<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        match self.watched.wait(work).await {
            End::Outcome(outcome) => outcome,
            End::GivenUp(error) => {
                self.given_up.store(true, Ordering::Relaxed);
                Err(vigil::query(error))
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let execution = self.statements.execution(&stmt.sql);
        let work = self.inner.execute_raw(stmt);
        self.statements.run(execution, work).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let execution = self.statements.execution(sql);
        let work = self.inner.execute_unprepared(sql);
        self.statements.run(execution, work).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let execution = self.statements.execution(&stmt.sql);
        let work = self.inner.query_one_raw(stmt);
        self.statements.run(execution, work).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let execution = self.statements.execution(&stmt.sql);
        let work = self.inner.query_all_raw(stmt);
        self.statements.run(execution, work).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}
