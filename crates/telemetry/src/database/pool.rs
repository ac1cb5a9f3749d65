//! What sqlx's pool knows of itself.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType,
    sqlx::{PgPool, SqlitePool},
};

use super::gate::Queue;
use crate::{MetricsError, Registry, metrics::Reading};

/// A pool of a database that is known here.
#[derive(Debug, Clone)]
pub(super) enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl Pool {
    /// The pool of `connection`, if it has one.
    pub(super) fn of(connection: &DatabaseConnection) -> Option<Self> {
        match &connection.inner {
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                let pool = connection.get_postgres_connection_pool();
                Some(Self::Postgres(pool.clone()))
            }
            DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                let pool = connection.get_sqlite_connection_pool();
                Some(Self::Sqlite(pool.clone()))
            }
            _ => None,
        }
    }

    pub(super) fn has_single_writer(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub(super) fn max_connections(&self) -> u32 {
        match self {
            Self::Postgres(pool) => pool.options().get_max_connections(),
            Self::Sqlite(pool) => pool.options().get_max_connections(),
        }
    }

    pub(super) fn acquire_timeout(&self) -> Duration {
        match self {
            Self::Postgres(pool) => pool.options().get_acquire_timeout(),
            Self::Sqlite(pool) => pool.options().get_acquire_timeout(),
        }
    }

    /// Whether whoever takes a connection next has to open it.
    pub(super) fn opens_next(&self) -> bool {
        self.idle() == 0 && self.size() < self.max_connections()
    }

    /// Connections that are open or being opened.
    fn size(&self) -> u32 {
        match self {
            Self::Postgres(pool) => pool.size(),
            Self::Sqlite(pool) => pool.size(),
        }
    }

    fn idle(&self) -> usize {
        match self {
            Self::Postgres(pool) => pool.num_idle(),
            Self::Sqlite(pool) => pool.num_idle(),
        }
    }
}

/// A pool and those in front of it at the time of a scrape.
struct State {
    open: u32,
    idle: usize,
    opening: u32,
    waiting: u32,
}

static READINGS: [Reading<State>; 3] = [
    Reading::gauge(
        "db_pool_checked_out_connections",
        "Database connections in use, or being given back.",
        // These are read one after the other, a connection may come back in between.
        |state| {
            let established = f64::from(state.open) - f64::from(state.opening);
            Some((established - state.idle as f64).max(0.0))
        },
    ),
    Reading::gauge(
        "db_pool_idle_connections",
        "Open database connections that nobody uses.",
        |state| Some(state.idle as f64),
    ),
    Reading::gauge(
        "db_pool_waiters",
        "Units of work that asked for a database connection and have none yet.",
        |state| Some(f64::from(state.waiting)),
    ),
];

/// Puts the gauges of `pool`, and of the `queue` in front of it, into every scrape. That reads a few
/// atomics and asks no connection.
pub(super) fn export(
    pool: Pool,
    queue: Arc<Queue>,
    registry: &Registry,
) -> Result<(), MetricsError> {
    registry.readings(&READINGS, move || State {
        opening: queue.opening(),
        waiting: queue.waiting(),
        idle: pool.idle(),
        open: pool.size(),
    })
}
