//! A transaction with a measure around it.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};
use tokio::time::Instant;

use super::{DatabaseFamilies, Place, Work, execution::Execution};

/// A transaction under way on a connection of its own. Dropped, it is rolled back without being
/// waited for.
#[derive(Debug)]
pub struct Transaction {
    // First, so that its connection is on the way back before the place is given on.
    inner: DatabaseTransaction,
    families: Arc<DatabaseFamilies>,
    place: Place,
}

impl Transaction {
    pub(super) fn new(
        inner: DatabaseTransaction,
        families: Arc<DatabaseFamilies>,
        place: Place,
    ) -> Self {
        Self {
            inner,
            families,
            place,
        }
    }

    /// sea-orm's own transaction, for what takes nothing else, its migrator for one. Statements
    /// that run on it directly are not measured.
    #[must_use]
    pub fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Makes the transaction's effects last.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when the database refuses, or cannot be asked any more; then nobody knows.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self {
            inner,
            families,
            place: _place,
        } = self;
        measured(&families, "COMMIT", Box::pin(inner.commit())).await
    }

    /// Undoes the transaction's effects, and waits until that is done.
    ///
    /// # Errors
    ///
    /// [`DbErr`] when the connection broke; the database rolls back by itself then.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Self {
            inner,
            families,
            place: _place,
        } = self;
        measured(&families, "ROLLBACK", Box::pin(inner.rollback())).await
    }
}

/// Runs a statement on a connection that is in hand.
async fn measured<T>(
    families: &DatabaseFamilies,
    sql: &str,
    work: Work<'_, T>,
) -> Result<T, DbErr> {
    let execution = Execution::new(families, sql);
    run(execution, work).await
}

async fn run<T>(mut execution: Execution<'_>, work: Work<'_, T>) -> Result<T, DbErr> {
    execution.begin(Instant::now());
    let outcome = work.await;
    execution.end(&outcome);
    outcome
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        run(execution, self.inner.execute_raw(stmt)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let execution = Execution::new(&self.families, sql);
        run(execution, self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        run(execution, self.inner.query_one_raw(stmt)).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let execution = Execution::new(&self.families, &stmt.sql);
        run(execution, self.inner.query_all_raw(stmt)).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}
