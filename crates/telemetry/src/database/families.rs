//! The families of a database, but for those of its statements, which others feed, too.

use std::sync::Arc;

use prometheus::{Histogram, IntCounter, IntGauge};
use tokio::time::Instant;

use super::span::Peer;
use crate::{MetricsError, Registry, statements::Statements};

#[derive(Debug)]
pub(super) struct DatabaseFamilies {
    pub(super) statements: Arc<Statements>,
    pub(super) pool_acquire: Histogram,
    pub(super) pool_timeouts: IntCounter,
    pub(super) max_connections: IntGauge,
    pub(super) migrations_pending: IntGauge,
    /// For the spans of statements.
    pub(super) peer: Peer,
}

impl DatabaseFamilies {
    pub(super) fn register(
        registry: &Registry,
        bounds: &[f64],
        statements: Arc<Statements>,
        peer: Peer,
    ) -> Result<Self, MetricsError> {
        Ok(Self {
            statements,
            pool_acquire: registry.histogram(
                "db_pool_acquire_duration_seconds",
                "Time from asking for a database connection until one was in hand, in seconds.",
                bounds,
            )?,
            pool_timeouts: registry.counter(
                "db_pool_timeouts_total",
                "Units of work that had no database connection within the acquire timeout.",
            )?,
            max_connections: registry.gauge(
                "db_pool_max_connections",
                "The most database connections that the pool opens.",
            )?,
            migrations_pending: registry.gauge(
                "db_migrations_pending",
                "Migrations that the database had not seen when it was last asked.",
            )?,
            peer,
        })
    }

    pub(super) fn acquired(&self, asked: Instant, at: Instant) {
        let waited = at.saturating_duration_since(asked);
        self.pool_acquire.observe(waited.as_secs_f64());
    }
}
