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
/// The flaw never quotes the URL.
pub(super) fn parse(text: &str) -> Result<String, Flaw> {
    let understood = if text.starts_with("sqlite://") {
        refuse_memory(text)?;
        text != "sqlite://" && SqliteConnectOptions::from_str(text).is_ok()
    } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        PgConnectOptions::from_str(text).is_ok()
    } else {
        return Err(Flaw::new(
            "does not begin with sqlite:// or postgres://",
            REMEDY,
        ));
    };
    understood
        .then(|| text.to_owned())
        .ok_or_else(|| Flaw::new("is not a database URL", REMEDY))
}

fn refuse_memory(text: &str) -> Result<(), Flaw> {
    if text.contains(":memory:") || text.contains("mode=memory") {
        return Err(Flaw::new(
            "is a database in memory, which is lost when idle connections are closed",
            "write the path of a file: sqlite://PATH?mode=rwc",
        ));
    }
    Ok(())
}
