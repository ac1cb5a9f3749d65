//! The families of a database.

use std::time::Duration;

use prometheus::{Histogram, IntCounter, IntGauge};
use tokio::time::Instant;

use super::{failure::Failure, operation::Operation, span::Peer};
use crate::{MetricsError, Registry};

#[derive(Debug)]
pub(super) struct DatabaseFamilies {
    /// In the order of [`Operation::ALL`].
    operations: [OperationSeries; Operation::ALL.len()],
    pub(super) pool_acquire: Histogram,
    pub(super) pool_timeouts: IntCounter,
    pub(super) waiters: IntGauge,
    pub(super) max_connections: IntGauge,
    pub(super) migrations_pending: IntGauge,
    /// For the spans of statements.
    pub(super) peer: Peer,
}

/// What is known of the statements of one operation.
#[derive(Debug)]
struct OperationSeries {
    queries: IntCounter,
    duration: Histogram,
    /// In the order of [`Failure::ALL`].
    errors: [IntCounter; Failure::ALL.len()],
}

impl DatabaseFamilies {
    pub(super) fn register(
        registry: &Registry,
        bounds: &[f64],
        peer: Peer,
    ) -> Result<Self, MetricsError> {
        Ok(Self {
            operations: operations(registry, bounds)?,
            pool_acquire: registry.histogram(
                "db_pool_acquire_duration_seconds",
                "Time from asking for a database connection until one was in hand, in seconds.",
                bounds,
            )?,
            pool_timeouts: registry.counter(
                "db_pool_timeouts_total",
                "Units of work that had no database connection within the acquire timeout.",
            )?,
            waiters: registry.gauge(
                "db_pool_waiters",
                "Units of work that wait for a database connection or their turn to write.",
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

    pub(super) fn executed(
        &self,
        operation: Operation,
        elapsed: Duration,
        failure: Option<Failure>,
    ) {
        let series = &self.operations[operation as usize];
        series.queries.inc();
        series.duration.observe(elapsed.as_secs_f64());
        if let Some(failure) = failure {
            series.errors[failure as usize].inc();
        }
    }
}

/// Every series that statements can have, at zero.
fn operations(
    registry: &Registry,
    bounds: &[f64],
) -> Result<[OperationSeries; Operation::ALL.len()], MetricsError> {
    let queries = registry.counters(
        "db_queries_total",
        "Statements run on the database, by main verb.",
        &["operation"],
    )?;
    let duration = registry.histograms(
        "db_query_duration_seconds",
        "Time from a connection in hand to the end of the statement, in seconds.",
        &["operation"],
        bounds,
    )?;
    let errors = registry.counters(
        "db_query_errors_total",
        "Statements that failed, by main verb and kind of failure.",
        &["operation", "kind"],
    )?;
    Ok(Operation::ALL.map(|operation| {
        let label = operation.label();
        OperationSeries {
            queries: queries.with(&[label]),
            duration: duration.with(&[label]),
            errors: Failure::ALL.map(|failure| errors.with(&[label, failure.label()])),
        }
    }))
}
