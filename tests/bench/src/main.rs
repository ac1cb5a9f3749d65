//! What things cost, measured from outside on the real binary and real databases.
//!
//! `bench [SUITE]...` runs the suites named, or all, and prints a table for each. What counts is
//! a ratio between two things measured in turn within one run: it means the same on a slow
//! machine, a fast one and a busy one. Nothing here passes or fails.
#![expect(
    clippy::print_stdout,
    reason = "the tables are what this program is for"
)]

mod batch;
mod connection;
mod filling;
mod paging;
mod sample;
mod table;

use std::env;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use e2e::Store;
use servers::Postgres;

/// Measures the release binary that PRODUCTS_BIN names.
#[derive(Debug, Parser)]
struct Cli {
    /// The suites to run; all, if none is named.
    #[arg(value_name = "SUITE")]
    suites: Vec<Suite>,
}

/// A group of measurements with one subject.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Suite {
    /// A page deep in a list against one at its beginning.
    Paging,
    /// Many products in one request against one request for each.
    Batch,
}

/// One thread: a request's answer is awaited where it was sent, without a wake-up in between.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let cli = Cli::parse();
    ensure!(
        env::var_os("PRODUCTS_BIN").is_some(),
        "PRODUCTS_BIN does not name the binary to measure; `make bench` builds one and names it"
    );
    // PostgreSQL's own defaults: the tests' faster ones would flatter every commit.
    let postgres = Postgres::start_with(&[]).context("start PostgreSQL")?;
    let suites = match cli.suites.as_slice() {
        [] => Suite::value_variants(),
        named => named,
    };
    for suite in suites {
        for store in [
            Store::Sqlite,
            Store::Postgres(Box::new(postgres.database())),
        ] {
            suite.run(&store).await;
        }
    }
    Ok(())
}

impl Suite {
    async fn run(self, store: &Store) {
        match self {
            Self::Paging => paging::run(store).await,
            Self::Batch => batch::run(store).await,
        }
    }
}
