//! Holding a table so that writes to it wait for the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

/// A table that can be read but not written, as long as this lives.
///
/// Writes wait for it as they wait for any other transaction.
#[derive(Debug)]
pub struct TableLock {
    session: Child,
}

impl TableLock {
    /// Locks `table` in a session of its own, which `psql` opens.
    pub(super) fn take(mut psql: Command, table: &str) -> Result<Self> {
        psql.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut session = psql.spawn().context("run psql")?;
        let input = session.stdin.as_mut().context("write to psql")?;
        // The transaction stays open until psql sees its input end.
        writeln!(
            input,
            "BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT 'held';"
        )
        .context("write to psql")?;
        let mut answer = String::new();
        let output = session.stdout.as_mut().context("read from psql")?;
        BufReader::new(output)
            .read_line(&mut answer)
            .context("read from psql")?;
        if answer != "held\n" {
            let mut complaint = String::new();
            let errors = session.stderr.as_mut().context("read from psql")?;
            errors
                .read_to_string(&mut complaint)
                .context("read from psql")?;
            bail!("{table} could not be locked: {complaint}");
        }
        Ok(Self { session })
    }
}

impl Drop for TableLock {
    fn drop(&mut self) {
        drop(self.session.stdin.take());
        // Whatever psql's end was, the server ends its session with it.
        let _ = self.session.wait();
    }
}
