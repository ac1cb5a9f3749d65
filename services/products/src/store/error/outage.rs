//! Errors that waiting may mend.

use std::{fmt, io};

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, error::DatabaseError, sqlite::SqliteError},
};

/// Why the database cannot answer now. Shown, it tells clients no more than they may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outage {
    /// No connection was free within `database.acquire_timeout`.
    Exhausted,
    /// It refuses connections, ends them, or is on its way up or down.
    Unreachable,
    /// Its file cannot be opened, read or written.
    Inaccessible,
    /// It refuses the user or the password.
    Refused,
    /// The server has no database of the name.
    Missing,
    /// It has none of the tables: it was replaced by an empty one.
    Bare,
    /// It took what was sent and said nothing.
    Silent,
    /// The connection ended while it was in use.
    Broken,
    /// It is occupied by others.
    Busy,
    /// It gave a statement up.
    TooSlow,
    /// Its disk is full.
    Full,
    /// It takes no writes: a standby, or a file that may only be read.
    ReadOnly,
}

impl Outage {
    /// What the error says of the database, if it is one that waiting may mend.
    pub(super) fn of(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::ConnectionAcquire(_) => Some(Self::Exhausted),
            DbErr::Conn(RuntimeErr::SqlxError(cause)) => {
                Some(Self::of_sqlx(cause).unwrap_or(Self::Unreachable))
            }
            DbErr::Conn(_) => Some(Self::Unreachable),
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => Self::of_sqlx(cause),
            _ => None,
        }
    }

    fn of_sqlx(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::PoolTimedOut => Some(Self::Exhausted),
            sqlx::Error::Io(error) => Some(Self::of_io(error.kind())),
            sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Some(Self::Broken)
            }
            sqlx::Error::Database(error) => Self::of_database(error.as_ref()),
            _ => None,
        }
    }

    /// Of a connection that was there, or was to be made; a name that nobody knows has no kind.
    fn of_io(kind: io::ErrorKind) -> Self {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut, UnexpectedEof,
            WriteZero,
        };
        match kind {
            TimedOut => Self::Silent,
            BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
            | WriteZero => Self::Broken,
            _ => Self::Unreachable,
        }
    }

    fn of_database(error: &dyn DatabaseError) -> Option<Self> {
        let code = error.code()?;
        if error.try_downcast_ref::<SqliteError>().is_some() {
            return Self::of_sqlite(&code);
        }
        Self::of_sqlstate(&code)
    }

    /// Reads a result code (sqlite.org/rescode.html); its low byte is the primary one.
    fn of_sqlite(code: &str) -> Option<Self> {
        match code.parse::<u32>().ok()? & 0xff {
            // SQLITE_BUSY, SQLITE_LOCKED
            5 | 6 => Some(Self::Busy),
            // SQLITE_READONLY
            8 => Some(Self::ReadOnly),
            // SQLITE_IOERR, SQLITE_CANTOPEN
            10 | 14 => Some(Self::Inaccessible),
            // SQLITE_FULL
            13 => Some(Self::Full),
            _ => None,
        }
    }

    /// Reads a SQLSTATE (PostgreSQL's manual, appendix A).
    fn of_sqlstate(code: &str) -> Option<Self> {
        match code {
            "57014" => Some(Self::TooSlow),
            "57P01" | "57P02" | "57P03" | "57P04" | "57P05" => Some(Self::Unreachable),
            "25006" => Some(Self::ReadOnly),
            "53100" => Some(Self::Full),
            "40001" | "40P01" | "55P03" => Some(Self::Busy),
            "3D000" => Some(Self::Missing),
            "42P01" => Some(Self::Bare),
            code if code.starts_with("28") => Some(Self::Refused),
            code if code.starts_with("08") || code.starts_with("58") => Some(Self::Unreachable),
            code if code.starts_with("53") => Some(Self::Busy),
            _ => None,
        }
    }

    /// What happened, for those who run the service.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Refused => "the database refuses the user or the password of database.url",
            Self::Missing => "the database server has no database of the name in database.url",
            Self::Bare => "the database has none of the service's tables",
            Self::Exhausted => "no database connection was free in time",
            Self::Unreachable => "the database cannot be reached",
            Self::Inaccessible => "the database's file cannot be opened, read or written",
            Self::Silent => "the database does not answer",
            Self::Broken => "the connection to the database broke",
            Self::Busy => "the database is busy",
            Self::TooSlow => "the database took too long",
            Self::Full => "the database has no room left",
            Self::ReadOnly => "the database takes no writes",
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inaccessible | Self::Refused | Self::Missing | Self::Bare => {
                Self::Unreachable.reason()
            }
            outage => outage.reason(),
        })
    }
}
