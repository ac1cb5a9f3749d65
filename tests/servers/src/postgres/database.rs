//! One database in a [`Postgres`](super::Postgres), and the statements it was asked to run.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::binaries::Binaries;
use super::lock::TableLock;

/// The owner of every database.
pub(super) const OWNER: &str = "products";

/// Database and session, for [`Database::statements`].
pub(super) const LOG_LINE_PREFIX: &str = "%d %p ";

/// The owner's. A test can look for it where no password belongs.
const PASSWORD: &str = "a-secret-of-the-tests";

/// The statement that makes the owner: no superuser, so that a missing right shows in the tests.
pub(super) fn create_owner() -> String {
    format!("CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB PASSWORD '{PASSWORD}'")
}

/// A fresh database with a name of its own. It goes away with its server.
#[derive(Debug)]
pub struct Database {
    name: String,
    address: SocketAddr,
    binaries: Binaries,
    log: PathBuf,
}

/// A statement that a database was asked to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The server process that ran it; there is one for each connection.
    pub session: u32,
    /// Its text, with `$1` for bound parameters.
    pub sql: String,
}

impl Database {
    pub(super) fn create(
        binaries: &Binaries,
        address: SocketAddr,
        number: u32,
        log: PathBuf,
    ) -> Result<Self> {
        let name = format!("test_{number}");
        let create = format!("CREATE DATABASE {name} OWNER {OWNER}");
        binaries.query(address.port(), "postgres", &create)?;
        Ok(Self {
            name,
            address,
            binaries: binaries.clone(),
            log,
        })
    }

    /// The address as programs take it: `postgres://products:…@127.0.0.1:PORT/NAME`.
    pub fn url(&self) -> String {
        self.url_through(self.address)
    }

    /// [`Database::url`] by way of a [`Proxy`](crate::Proxy) that listens at `address`.
    pub fn url_through(&self, address: SocketAddr) -> String {
        format!("postgres://{OWNER}:{PASSWORD}@{address}/{}", self.name)
    }

    /// The password in [`Database::url`].
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// Runs SQL as the superuser and gives the rows, one a line, columns separated by `|`.
    ///
    /// # Errors
    /// When the server refuses, with its message.
    pub fn query(&self, sql: &str) -> Result<String> {
        self.binaries.query(self.address.port(), &self.name, sql)
    }

    /// Keeps everybody from writing to `table` until the answer is dropped; reading goes on.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn lock(&self, table: &str) -> Result<TableLock> {
        TableLock::take(self.binaries.psql(self.address.port(), &self.name), table)
    }

    /// How many sessions wait for a lock.
    ///
    /// # Errors
    /// When the server refuses, with its message.
    pub fn waiting(&self) -> Result<usize> {
        let count = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        self.query(count)?
            .parse()
            .context("read a number of sessions")
    }

    /// Makes the server log the statements of connections opened from now on.
    ///
    /// # Errors
    /// When the server refuses, with its message.
    pub fn log_statements(&self) -> Result<()> {
        let set = format!("ALTER DATABASE {} SET log_statement = 'all'", self.name);
        self.query(&set).map(drop)
    }

    /// The statements logged so far in the order of their start, BEGIN and COMMIT included.
    ///
    /// # Errors
    /// When the server's log cannot be read.
    pub fn statements(&self) -> Result<Vec<Statement>> {
        let log = std::fs::read(&self.log).context("read the server's log")?;
        Ok(statements_of(&self.name, &String::from_utf8_lossy(&log)))
    }
}

fn statements_of(database: &str, log: &str) -> Vec<Statement> {
    let mut statements: Vec<Statement> = Vec::new();
    let mut continues = false;
    for line in log.lines() {
        // The server starts every further line of one entry with a tab.
        if let Some(rest) = line.strip_prefix('\t') {
            if let (true, Some(last)) = (continues, statements.last_mut()) {
                last.sql.push('\n');
                last.sql.push_str(rest);
            }
            continue;
        }
        let statement = statement_in(database, line);
        continues = statement.is_some();
        statements.extend(statement);
    }
    statements
}

fn statement_in(database: &str, line: &str) -> Option<Statement> {
    let line = line.strip_prefix(database)?.strip_prefix(' ')?;
    let (session, entry) = line.split_once(" LOG:  ")?;
    // "statement: SQL" in the simple protocol, "execute NAME: SQL" in the extended one.
    let (kind, sql) = entry.split_once(": ")?;
    (kind == "statement" || kind.starts_with("execute ")).then(|| Statement {
        session: session.parse().unwrap_or_default(),
        sql: sql.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_both_protocols_are_read_and_other_entries_left() {
        let log = "test_1 7 LOG:  statement: BEGIN\n\
            test_12 8 LOG:  statement: SELECT 'of another database'\n\
            test_1 7 LOG:  execute sqlx_s_1: INSERT INTO products\n\
            \tVALUES ($1)\n\
            test_1 7 DETAIL:  parameters: $1 = '1'\n\
            test_1 7 LOG:  could not receive data from client: Connection reset by peer\n\
            \tand some more\n\
            test_1 7 LOG:  execute <unnamed>: COMMIT\n";

        let sql: Vec<_> = statements_of("test_1", log)
            .into_iter()
            .map(|s| s.sql)
            .collect();

        assert_eq!(
            sql,
            ["BEGIN", "INSERT INTO products\nVALUES ($1)", "COMMIT"]
        );
    }
}
