//! What a use of the store can end in, apart from success.

mod outage;

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, sqlx::error::DatabaseError};

pub use self::outage::Outage;

/// The outcomes that are no success.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No product has this id.
    #[error("no such product")]
    NotFound,
    /// The id that the item at this index asks for is taken.
    #[error("the id of item {0} is taken")]
    IdTaken(usize),
    /// The product is not in the version that the client expects.
    #[error("the product has another version")]
    PreconditionFailed,
    /// The idempotency key came with another request before.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A request with the same idempotency key is still running.
    #[error("a request with this idempotency key is still running")]
    KeyBusy,
    /// The database cannot answer now.
    #[error("{}: {cause}", outage.reason())]
    Unavailable {
        /// Why, in words that may be shown to clients.
        outage: Outage,
        /// Why, in the driver's words, which are for the log.
        cause: Arc<dyn std::error::Error + Send + Sync>,
        /// It came at a commit, which may have taken effect all the same, or may yet.
        in_doubt: bool,
    },
    /// A mistake of the program or of the schema.
    #[error("{0}")]
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Whether a write that ended so may have been committed all the same, or may be yet.
    pub fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Unavailable { in_doubt: true, .. })
    }

    /// The same, at a commit. What nobody understands there says no more than no answer.
    pub(super) fn at_commit(self) -> Self {
        let (outage, cause) = match self {
            Self::Unavailable { outage, cause, .. } => (outage, cause),
            Self::Internal(cause) => (Outage::Broken, cause),
            outcome => return outcome,
        };
        Self::Unavailable {
            outage,
            cause,
            in_doubt: true,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match Outage::of(&error) {
            Some(outage) => Self::Unavailable {
                outage,
                cause: Arc::new(error),
                in_doubt: false,
            },
            None => Self::Internal(Arc::new(error)),
        }
    }
}

/// Whether PostgreSQL gave up waiting for a lock (`lock_not_available`).
pub(super) fn is_lock_timeout(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return false;
    };
    cause
        .as_database_error()
        .and_then(DatabaseError::code)
        .is_some_and(|code| code == "55P03")
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind::ConnectionReset};

    use sea_orm::sqlx::{self, Connection, PgConnection, SqliteConnection};

    use super::*;

    #[test]
    fn an_outage_keeps_the_words_of_the_driver_for_the_log() {
        let lost = sqlx::Error::Io(io::Error::new(ConnectionReset, "reset by 10.0.0.7"));

        let error = Error::from(DbErr::Query(RuntimeErr::SqlxError(lost.into())));

        assert!(error.to_string().contains("10.0.0.7"), "{error}");
        let Error::Unavailable { outage, .. } = error else {
            panic!("{error}")
        };
        assert_eq!(outage, Outage::Broken);
        assert!(!outage.to_string().contains("10.0.0.7"));
    }

    #[tokio::test]
    async fn a_host_that_nobody_knows_is_out_of_reach_and_broke_nothing() {
        let url = "postgres://products@nowhere.invalid/products";

        let error = PgConnection::connect(url).await.unwrap_err();

        let outage = Outage::of(&DbErr::Conn(RuntimeErr::SqlxError(error.into())));
        assert_eq!(outage, Some(Outage::Unreachable));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_opened_is_told_from_a_server_out_of_reach() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/missing/products.db", folder.path().display());

        let error = SqliteConnection::connect(&url).await.unwrap_err();

        let outage = Outage::of(&DbErr::Conn(RuntimeErr::SqlxError(error.into()))).unwrap();
        assert_eq!(outage, Outage::Inaccessible);
        assert_eq!(outage.to_string(), Outage::Unreachable.to_string());
    }
}
