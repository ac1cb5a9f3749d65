//! What kind of failure a statement ended with.

use std::io;

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{
        self,
        error::{DatabaseError, ErrorKind},
        sqlite::SqliteError,
    },
};

pub(super) use crate::statements::Failure;

impl Failure {
    /// The kind of a failure that sea-orm reports.
    pub(crate) fn of(error: &DbErr) -> Self {
        match error {
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => Self::of_sqlx(cause),
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Self::Connection,
            _ => Self::Other,
        }
    }

    fn of_sqlx(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Timeout,
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::Timeout,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Connection,
            sqlx::Error::Database(error) => Self::of_database(error.as_ref()),
            _ => Self::Other,
        }
    }

    fn of_database(error: &dyn DatabaseError) -> Self {
        if !matches!(error.kind(), ErrorKind::Other) {
            return Self::Constraint;
        }
        let Some(code) = error.code() else {
            return Self::Other;
        };
        if error.try_downcast_ref::<SqliteError>().is_some() {
            return Self::of_sqlite(&code);
        }
        Self::of_sqlstate(&code)
    }

    /// Reads a result code (sqlite.org/rescode.html); its low byte is the primary one.
    fn of_sqlite(code: &str) -> Self {
        match code.parse::<u32>().map(|extended| extended & 0xff) {
            // SQLITE_BUSY, SQLITE_LOCKED
            Ok(5 | 6) => Self::Timeout,
            // SQLITE_CONSTRAINT
            Ok(19) => Self::Constraint,
            _ => Self::Other,
        }
    }

    /// Reads a SQLSTATE (PostgreSQL's manual, appendix A).
    fn of_sqlstate(code: &str) -> Self {
        match code {
            // query_canceled, lock_not_available, and the timeouts of transactions
            "57014" | "55P03" | "25P03" | "25P04" => Self::Timeout,
            code if code.starts_with("23") => Self::Constraint,
            code if code.starts_with("08") || code.starts_with("57P0") => Self::Connection,
            _ => Self::Other,
        }
    }
}

/// What the database itself calls the failure: a SQLSTATE, or a result code of SQLite's.
pub(super) fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            Some(cause.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlstate_says_what_failed() {
        use Failure::{Connection, Constraint, Other, Timeout};
        let table = [
            ("57014", Timeout, "statement_timeout"),
            ("55P03", Timeout, "lock_timeout"),
            ("25P03", Timeout, "idle_in_transaction_session_timeout"),
            ("23505", Constraint, "unique_violation"),
            ("23P01", Constraint, "exclusion_violation"),
            ("08006", Connection, "connection_failure"),
            ("57P01", Connection, "admin_shutdown"),
            ("42601", Other, "syntax_error"),
            ("40P01", Other, "deadlock_detected"),
        ];
        for (code, failure, why) in table {
            assert_eq!(Failure::of_sqlstate(code), failure, "{why}");
        }
    }

    #[test]
    fn a_result_code_of_sqlite_counts_by_its_low_byte() {
        let table = [
            ("5", Failure::Timeout, "SQLITE_BUSY"),
            ("517", Failure::Timeout, "SQLITE_BUSY_SNAPSHOT"),
            ("6", Failure::Timeout, "SQLITE_LOCKED"),
            ("3091", Failure::Constraint, "SQLITE_CONSTRAINT_DATATYPE"),
            ("13", Failure::Other, "SQLITE_FULL"),
            ("?", Failure::Other, "no number"),
        ];
        for (code, failure, why) in table {
            assert_eq!(Failure::of_sqlite(code), failure, "{why}");
        }
    }

    #[test]
    fn an_error_without_a_code_counts_by_its_origin() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        let table = [
            (query(lost), Failure::Connection, "a broken wire"),
            (
                query(sqlx::Error::PoolTimedOut),
                Failure::Timeout,
                "no connection within a statement",
            ),
            (
                query(sqlx::Error::WorkerCrashed),
                Failure::Connection,
                "SQLite's thread",
            ),
            (
                query(sqlx::Error::RowNotFound),
                Failure::Other,
                "no database error",
            ),
            (
                DbErr::Conn(RuntimeErr::Internal("refused".into())),
                Failure::Connection,
                "connecting",
            ),
        ];
        for (error, failure, why) in table {
            assert_eq!(Failure::of(&error), failure, "{why}");
        }
    }

    fn query(cause: sqlx::Error) -> DbErr {
        DbErr::Query(RuntimeErr::SqlxError(cause.into()))
    }
}
