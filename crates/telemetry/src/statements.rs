//! Statements of databases: how many, how long they take, how they fail. Fed by [`Database`], and by
//! [`Metrics::track_db_query`] for databases that are not sea-orm's.
//!
//! [`Database`]: crate::Database

mod failure;
pub(crate) mod lexer;
pub(crate) mod operation;

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

use prometheus::{Histogram, IntCounter};

pub(crate) use self::failure::Failure;
use self::operation::Operation;
use crate::{
    Metrics, MetricsError, Registry,
    ending::{End, follow},
};

/// The series of statements, in the order of [`Operation::ALL`].
#[derive(Debug)]
pub(crate) struct Statements([OperationSeries; Operation::ALL.len()]);

/// What is known of the statements of one operation.
#[derive(Debug)]
struct OperationSeries {
    queries: IntCounter,
    duration: Histogram,
    /// In the order of [`Failure::ALL`].
    errors: [IntCounter; Failure::ALL.len()],
}

impl Statements {
    /// Makes every series that statements can have, at zero. `bounds` are those of the durations,
    /// in seconds.
    pub(crate) fn register(registry: &Registry, bounds: &[f64]) -> Result<Self, MetricsError> {
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
        Ok(Self(Operation::ALL.map(|operation| {
            let label = operation.label();
            OperationSeries {
                queries: queries.with(&[label]),
                duration: duration.with(&[label]),
                errors: Failure::ALL.map(|failure| errors.with(&[label, failure.label()])),
            }
        })))
    }

    pub(crate) fn executed(
        &self,
        operation: Operation,
        elapsed: Duration,
        failure: Option<Failure>,
    ) {
        let series = &self.0[operation as usize];
        series.queries.inc();
        series.duration.observe(elapsed.as_secs_f64());
        if let Some(failure) = failure {
            series.errors[failure as usize].inc();
        }
    }
}

impl Metrics {
    /// `future`, counted and timed as `statement` from this call to its end, in the metrics that
    /// [`Database`](crate::Database) feeds, for a database that goes without it.
    ///
    /// `statement` is SQL, or just its verb; what is neither counts as `other`. An error counts
    /// as `timeout` or `connection` when it, or one of its causes, is a timeout of tokio's or an
    /// I/O error. A query that is dropped is counted, and no error; one that panics is.
    pub fn track_db_query<F, T, E>(
        &self,
        statement: &str,
        future: F,
    ) -> impl Future<Output = Result<T, E>> + use<F, T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Error + 'static,
    {
        let statements = self.statements();
        let operation = Operation::of(statement);
        let started = Instant::now();
        follow(future, move |end| {
            let failure = match end {
                End::Finished(Err(error)) => Some(Failure::of_any(error)),
                End::Panicked => Some(Failure::Other),
                End::Finished(Ok(_)) | End::Dropped => None,
            };
            statements.executed(operation, started.elapsed(), failure);
        })
    }
}
