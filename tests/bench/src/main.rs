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
mod telemetry;

use std::env;

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use e2e::Store;
use servers::Postgres;
use tokio::runtime::Builder;

use self::telemetry::Serve;

/// The allocator of the binary, so that what is measured in here has it, too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the release binary that PRODUCTS_BIN names.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    /// The suites to run; all, if none is named.
    #[arg(value_name = "SUITE")]
    suites: Vec<Suite>,
    #[command(subcommand)]
    serve: Option<Command>,
}

/// What the program does for itself.
#[derive(Debug, Subcommand)]
enum Command {
    /// Be one of the servers that `telemetry` compares.
    #[command(hide = true)]
    Serve(Serve),
}

/// A group of measurements with one subject.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Suite {
    /// A page deep in a list against one at its beginning.
    Paging,
    /// Many products in one request against one request for each.
    Batch,
    /// A request with more and more telemetry around it.
    Telemetry,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(Command::Serve(serve)) = cli.serve {
        return telemetry::serve(serve);
    }
    // One thread: a request's answer is awaited where it was sent, without a wake-up in between.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&cli.suites))
}

async fn measure(suites: &[Suite]) -> Result<()> {
    ensure!(
        env::var_os("PRODUCTS_BIN").is_some(),
        "PRODUCTS_BIN does not name the binary to measure; `make bench` builds one and names it"
    );
    let suites = match suites {
        [] => Suite::value_variants(),
        named => named,
    };
    for suite in suites {
        suite.run().await?;
    }
    Ok(())
}

impl Suite {
    async fn run(self) -> Result<()> {
        match self {
            Self::Paging => on_both_databases(paging::run).await,
            Self::Batch => on_both_databases(batch::run).await,
            Self::Telemetry => {
                telemetry::run().await;
                Ok(())
            }
        }
    }
}

async fn on_both_databases(measure: impl AsyncFn(&Store)) -> Result<()> {
    // PostgreSQL's own defaults: the tests' faster ones would flatter every commit.
    let postgres = Postgres::start_with(&[]).context("start PostgreSQL")?;
    measure(&Store::Sqlite).await;
    measure(&Store::Postgres(Box::new(postgres.database()))).await;
    Ok(())
}
