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

    /// Puts `next` in the place of `used`, unless somebody was faster. Work under way keeps the pool
    /// that it has; a pool that nobody has any more closes its connections.
    pub(super) fn replace(&self, used: &Arc<Open>, next: Open) -> bool {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let first = Arc::ptr_eq(&current, used);
        if first {
            *current = Arc::new(next);
        }
        first
    }
}
