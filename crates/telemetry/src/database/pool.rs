//! What sqlx's pool knows of itself.

use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType,
    sqlx::{PgPool, SqlitePool},
};

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

/// Connections of a pool at the time of a scrape.
struct Connections {
    open: u32,
    idle: usize,
}

static READINGS: [Reading<Connections>; 2] = [
    Reading::gauge(
        "db_pool_checked_out_connections",
        "Database connections in use, or being opened or given back.",
        // The two are read one after the other, a connection may come back in between.
        |connections| Some((f64::from(connections.open) - connections.idle as f64).max(0.0)),
    ),
    Reading::gauge(
        "db_pool_idle_connections",
        "Open database connections that nobody uses.",
        |connections| Some(connections.idle as f64),
    ),
];

/// Puts the gauges of `pool` into every scrape. That reads two atomics and asks no connection.
pub(super) fn export(pool: Pool, registry: &Registry) -> Result<(), MetricsError> {
    registry.readings(&READINGS, move || Connections {
        idle: pool.idle(),
        open: pool.size(),
    })
}
