//! What kind of failure a statement ended with.

use std::{error::Error, io, iter};

use tokio::time::error::Elapsed;

use crate::TimedOut;

/// The values of the label `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The database, or a lock in it, took longer than allowed.
    Timeout,
    /// The data would break a rule of the schema.
    Constraint,
    /// There was no connection any more, or none to be had.
    Connection,
    /// Anything else, mistakes in SQL for one.
    Other,
}

impl Failure {
    /// In the order of declaration.
    pub(crate) const ALL: [Self; 4] = [
        Self::Timeout,
        Self::Constraint,
        Self::Connection,
        Self::Other,
    ];

    /// The label's value.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Constraint => "constraint",
            Self::Connection => "connection",
            Self::Other => "other",
        }
    }

    /// The kind of any driver's error, by what is known among it and its causes.
    pub(super) fn of_any(error: &(dyn Error + 'static)) -> Self {
        let causes = iter::successors(Some(error), |&error| error.source());
        causes
            .filter_map(Self::of_known)
            .next()
            .unwrap_or(Self::Other)
    }

    fn of_known(error: &(dyn Error + 'static)) -> Option<Self> {
        #[cfg(feature = "sea-orm")]
        if let Some(error) = error.downcast_ref::<sea_orm::DbErr>() {
            return Some(Self::of(error));
        }
        if error.is::<Elapsed>() || error.is::<TimedOut>() {
            return Some(Self::Timeout);
        }
        let error = error.downcast_ref::<io::Error>()?;
        Some(match error.kind() {
            io::ErrorKind::TimedOut => Self::Timeout,
            _ => Self::Connection,
        })
    }
}
