//! What sqlx's pool knows of itself.

use std::time::Duration;

use prometheus::{
    IntGauge,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use sea_orm::{
    DatabaseConnection, DatabaseConnectionType,
    sqlx::{PgPool, SqlitePool},
};

use crate::{MetricsError, Registry};

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

/// Puts the gauges of `pool` into every scrape, as they are then.
pub(super) fn export(pool: Pool, registry: &Registry) -> Result<(), MetricsError> {
    let gauges = PoolGauges {
        pool,
        checked_out: IntGauge::new(
            "db_pool_checked_out_connections",
            "Database connections in use, or being opened or given back.",
        )?,
        idle: IntGauge::new(
            "db_pool_idle_connections",
            "Open database connections that nobody uses.",
        )?,
    };
    registry.collector(gauges, 2)
}

/// Reads two atomics at each scrape; asks no connection.
struct PoolGauges {
    pool: Pool,
    checked_out: IntGauge,
    idle: IntGauge,
}

impl Collector for PoolGauges {
    fn desc(&self) -> Vec<&Desc> {
        let mut descriptions = self.checked_out.desc();
        descriptions.extend(self.idle.desc());
        descriptions
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let idle = self.pool.idle() as i64;
        let open = i64::from(self.pool.size());
        // The two are read one after the other, a connection may come back in between.
        self.checked_out.set((open - idle).max(0));
        self.idle.set(idle);
        let mut families = self.checked_out.collect();
        families.extend(self.idle.collect());
        families
    }
}
