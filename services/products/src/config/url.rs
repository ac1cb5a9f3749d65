//! Which database URLs are accepted.

use std::str::FromStr;

use sea_orm::sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use super::errors::Flaw;

const REMEDY: &str = "write sqlite://PATH?mode=rwc or postgres://USER:PASSWORD@HOST:5432/DATABASE \
                      (special characters in user and password percent-encoded)";

/// Checks a database URL with the driver's own parser, so that what passes here is understood
/// there.
///
/// SQLite in memory is refused: such a database ends with the pool's last idle connection.
/// The flaw never quotes a Postgres URL, nor what the driver says about it.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    if let Some(path) = text.strip_prefix("sqlite://") {
        check_sqlite(text, path)?;
    } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        PgConnectOptions::from_str(text).map_err(|_| Flaw::new("is not a Postgres URL", REMEDY))?;
    } else {
        return Err(Flaw::new(
            "does not begin with sqlite:// or postgres://",
            REMEDY,
        ));
    }
    Ok(text.to_owned())
}

fn check_sqlite(text: &str, path: &str) -> Result<(), Flaw> {
    if path.is_empty() || path.starts_with('?') {
        return Err(Flaw::new("names no file", REMEDY));
    }
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err(Flaw::new(
            "is a database in memory, which is lost when idle connections are closed",
            "write the path of a file: sqlite://PATH?mode=rwc",
        ));
    }
    SqliteConnectOptions::from_str(text)
        .map(|_| ())
        .map_err(|error| Flaw::new(format!("is not an SQLite URL ({error})"), REMEDY))
}
