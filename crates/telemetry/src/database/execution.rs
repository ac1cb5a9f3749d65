//! One run of a statement: where it begins and where it ends, however it does.

use sea_orm::DbErr;
use tokio::time::Instant;

use super::{DatabaseFamilies, failure::Failure, operation::Operation, span::StatementSpan};

/// A statement under way. Counts and times it when dropped, so that one whose caller left is
/// counted, too; that is no error.
pub(super) struct Execution<'a> {
    families: &'a DatabaseFamilies,
    operation: Operation,
    span: StatementSpan,
    /// When a connection was in hand for it.
    begun: Option<Instant>,
    failure: Option<Failure>,
}

impl<'a> Execution<'a> {
    /// A statement that has not begun; dropped as such it leaves no trace.
    pub(super) fn new(families: &'a DatabaseFamilies, sql: &str) -> Self {
        let operation = Operation::of(sql);
        Self {
            families,
            operation,
            span: families.peer.ask(sql, operation),
            begun: None,
            failure: None,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.operation
    }

    /// The statement is on its way to the database. Only the first call has an effect.
    pub(super) fn begin(&mut self, at: Instant) {
        if self.begun.is_none() {
            self.begun = Some(at);
            self.span.acquired();
        }
    }

    /// Whether a connection was in hand.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// The database has answered, or can no more.
    pub(super) fn end<T>(mut self, outcome: &Result<T, DbErr>) {
        if let Err(error) = outcome {
            let failure = Failure::of(error);
            self.failure = Some(failure);
            self.span.failed(failure, error);
        }
    }

    /// There was no connection in time.
    pub(super) fn starve(&self) {
        self.span.starved();
    }

    /// The statement never reached the database, for want of a connection.
    pub(super) fn forget(mut self) {
        self.begun = None;
        self.starve();
    }
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        if let Some(begun) = self.begun {
            let statements = &self.families.statements;
            statements.executed(self.operation, begun.elapsed(), self.failure);
        }
    }
}
