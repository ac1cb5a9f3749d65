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
mod cache;
mod child;
mod connection;
mod filling;
mod outage;
mod paging;
mod processor;
mod sample;
mod service;
mod table;
mod telemetry;
mod turns;

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use e2e::Store;
use servers::Postgres;
use tokio::runtime::Builder;

use self::{cache::Bare, telemetry::Serve};

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
    /// Be what `cache` compares with.
    #[command(hide = true)]
    ServeBare(Bare),
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
    /// How much the whole service answers, as the benchmark tool sees it.
    Service,
    /// A read by where its answer is found.
    Cache,
    /// How long an outage of the database is felt.
    Outage,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    match cli.serve {
        Some(Command::Serve(serve)) => return telemetry::serve(serve),
        Some(Command::ServeBare(bare)) => return cache::serve(bare),
        None => {}
    }
    // One thread: a request's answer is awaited where it was sent, without a wake-up in between.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measure(&cli.suites))
}

async fn measure(suites: &[Suite]) -> Result<()> {
    named("PRODUCTS_BIN", "the service to measure")?;
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
            Self::Service => service::run().await,
            Self::Cache => cache::run().await,
            Self::Outage => outage::run().await,
        }
    }
}

async fn on_both_databases(measure: impl AsyncFn(&Store)) -> Result<()> {
    let postgres = postgres()?;
    for store in stores(&postgres) {
        measure(&store).await;
    }
    Ok(())
}

/// PostgreSQL with its own defaults: the tests' faster ones would flatter every commit.
fn postgres() -> Result<Postgres> {
    Postgres::start_with(&[]).context("start PostgreSQL")
}

/// SQLite and a database of `postgres`, both empty.
fn stores(postgres: &Postgres) -> [Store; 2] {
    let database = Box::new(postgres.database());
    [Store::Sqlite, Store::Postgres(database)]
}

/// The program that a variable of the environment names.
fn named(variable: &str, what: &str) -> Result<PathBuf> {
    let path = env::var_os(variable).with_context(|| {
        format!("{variable} does not name {what}; `make bench` builds it and names it")
    })?;
    Ok(path.into())
}
