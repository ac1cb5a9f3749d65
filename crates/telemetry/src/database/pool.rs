//! What sqlx's pool knows of itself.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType,
    sqlx::{PgPool, SqlitePool},
};
use serde::Serialize;

use super::{gate::Queue, pools::Pools};
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

    /// Whether its connections lead to another process.
    pub(super) fn is_of_a_server(&self) -> bool {
        matches!(self, Self::Postgres(_))
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

/// What the connections of a pool are doing at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PoolState {
    /// The most connections that the pool opens.
    pub max_connections: u32,
    /// Connections in use, or being given back.
    pub checked_out: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// Units of work that asked for a connection and have none yet.
    pub waiters: u32,
}

impl PoolState {
    /// Reads a few atomics and asks no connection.
    pub(super) fn read(pool: &Pool, queue: &Queue) -> Self {
        // These are read one after the other, a connection may come back in between.
        let (opening, waiters) = (queue.opening(), queue.waiting());
        let idle = u32::try_from(pool.idle()).unwrap_or(u32::MAX);
        Self {
            max_connections: pool.max_connections(),
            checked_out: pool.size().saturating_sub(opening).saturating_sub(idle),
            idle,
            waiters,
        }
    }
}

static READINGS: [Reading<PoolState>; 3] = [
    Reading::gauge(
        "db_pool_checked_out_connections",
        "Database connections in use, or being given back.",
        |state| Some(state.checked_out.into()),
    ),
    Reading::gauge(
        "db_pool_idle_connections",
        "Open database connections that nobody uses.",
        |state| Some(state.idle.into()),
    ),
    Reading::gauge(
        "db_pool_waiters",
        "Units of work that asked for a database connection and have none yet.",
        |state| Some(state.waiters.into()),
    ),
];

/// Puts the gauges of the pool in use, and of the `queue` in front of it, into every scrape.
pub(super) fn export(
    pools: Arc<Pools>,
    queue: Arc<Queue>,
    registry: &Registry,
) -> Result<(), MetricsError> {
    registry.readings(&READINGS, move || {
        PoolState::read(&pools.current().pool, &queue)
    })
}
