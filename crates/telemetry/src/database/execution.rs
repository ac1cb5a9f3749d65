//! One run of a statement: where it begins and where it ends, however it does.

use sea_orm::DbErr;
use tokio::time::Instant;

use super::{DatabaseFamilies, failure::Failure, operation::Operation};

/// A statement under way. Counts and times it when dropped, so that one whose caller left is
/// counted, too; that is no error.
pub(super) struct Execution<'a> {
    families: &'a DatabaseFamilies,
    operation: Operation,
    /// When a connection was in hand for it.
    begun: Option<Instant>,
    failure: Option<Failure>,
}

impl<'a> Execution<'a> {
    /// A statement that has not begun; dropped as such it leaves no trace.
    pub(super) fn new(families: &'a DatabaseFamilies, sql: &str) -> Self {
        Self {
            families,
            operation: Operation::of(sql),
            begun: None,
            failure: None,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        self.operation
    }

    /// The statement is on its way to the database. Only the first call has an effect.
    pub(super) fn begin(&mut self, at: Instant) {
        self.begun.get_or_insert(at);
    }

    /// The database has answered, or can no more.
    pub(super) fn end<T>(mut self, outcome: &Result<T, DbErr>) {
        self.failure = outcome.as_ref().err().map(Failure::of);
    }

    /// The statement never reached the database.
    pub(super) fn forget(mut self) {
        self.begun = None;
    }
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        if let Some(begun) = self.begun {
            self.families
                .executed(self.operation, begun.elapsed(), self.failure);
        }
    }
}
