//! What a use of the store can end in, apart from success.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, error::DatabaseError},
};

/// The outcomes that are no success.
#[derive(Debug, thiserror::Error)]
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
    /// The database cannot answer now; the text may be shown to clients.
    #[error("{0}")]
    Unavailable(&'static str),
    /// A mistake of the program or of the schema.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let reason = match &error {
            DbErr::ConnectionAcquire(_) => Some("no database connection was free in time"),
            DbErr::Conn(_) => Some("the database cannot be reached"),
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => unavailable(cause),
            _ => None,
        };
        match reason {
            Some(reason) => {
                tracing::warn!(exception = %error, reason, "database unavailable");
                Self::Unavailable(reason)
            }
            None => Self::Internal(error.into()),
        }
    }
}

/// Says of an error that waiting may mend it.
fn unavailable(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::PoolTimedOut => Some("no database connection was free in time"),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Some("the connection to the database broke"),
        sqlx::Error::Database(error) => match code(error.as_ref()) {
            Code::Busy => Some("the database is busy"),
            Code::TimedOut => Some("the database took too long"),
            Code::Gone => Some("the database cannot be reached"),
            Code::Full => Some("the database has no room left"),
            Code::Other => None,
        },
        _ => None,
    }
}

enum Code {
    Busy,
    TimedOut,
    Gone,
    Full,
    Other,
}

/// Reads PostgreSQL's SQLSTATE (Appendix A of its manual) or SQLite's result code (sqlite.org/rescode.html).
fn code(error: &dyn DatabaseError) -> Code {
    let Some(code) = error.code() else {
        return Code::Other;
    };
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        return match code.parse::<u32>().map(|extended| extended & 0xff) {
            // SQLITE_BUSY, SQLITE_LOCKED
            Ok(5 | 6) => Code::Busy,
            // SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN
            Ok(8 | 10 | 14) => Code::Gone,
            // SQLITE_FULL
            Ok(13) => Code::Full,
            _ => Code::Other,
        };
    }
    match code.as_ref() {
        "57014" => Code::TimedOut,
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25006" => Code::Gone,
        "53100" => Code::Full,
        "40001" | "40P01" | "55P03" => Code::Busy,
        code if code.starts_with("08") || code.starts_with("58") => Code::Gone,
        code if code.starts_with("53") => Code::Busy,
        _ => Code::Other,
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
