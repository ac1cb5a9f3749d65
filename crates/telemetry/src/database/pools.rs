//! The pool that new work takes its connections from.

use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::DatabaseConnection;

use super::pool::Pool;

/// A pool, as sea-orm and as sqlx know it.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) connection: DatabaseConnection,
    pub(super) pool: Pool,
}

impl Open {
    /// `None` where the connection has no pool that is known here.
    pub(super) fn new(connection: DatabaseConnection) -> Option<Self> {
        let pool = Pool::of(&connection)?;
        Some(Self { connection, pool })
    }
}

/// The pool in use, which another one may replace.
#[derive(Debug)]
pub(super) struct Pools(RwLock<Arc<Open>>);

impl Pools {
    pub(super) fn new(open: Open) -> Self {
        Self(RwLock::new(Arc::new(open)))
    }

    pub(super) fn current(&self) -> Arc<Open> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts what `open` makes in the place of `used`, unless somebody was faster. Work under way
    /// keeps the pool that it has; a pool that nobody has any more closes its connections.
    pub(super) fn replace(&self, used: &Arc<Open>, open: impl FnOnce() -> Option<Open>) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Not one for each of the many that lose their connections at the same moment: every pool
        // leaves a task behind that looks after idle connections.
        if Arc::ptr_eq(&current, used)
            && let Some(next) = open()
        {
            *current = Arc::new(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{
        SqlxSqliteConnector,
        sqlx::{pool::PoolOptions, sqlite::SqliteConnectOptions},
    };

    use super::*;

    fn open() -> Option<Open> {
        let pool = PoolOptions::new().connect_lazy_with(SqliteConnectOptions::new());
        Open::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
    }

    #[tokio::test]
    async fn of_many_who_lose_a_pool_the_first_one_alone_opens_another() {
        let pools = Pools::new(open().unwrap());
        let lost = pools.current();

        pools.replace(&lost, open);
        let next = pools.current();
        pools.replace(&lost, || panic!("there is a new one already"));

        assert!(!Arc::ptr_eq(&lost, &next));
        assert!(Arc::ptr_eq(&pools.current(), &next));
    }
}
