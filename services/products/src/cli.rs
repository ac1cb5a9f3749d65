//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    config::{Sources, parse_assignment},
    smoke_test::Check,
};

/// Products with a database, documented API, metrics and health.
#[derive(Debug, Parser)]
#[command(name = "products", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// Configuration file, TOML or YAML; see products.example.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Address to listen on (server.host)
    #[arg(long, global = true, value_name = "ADDRESS")]
    host: Option<String>,

    /// Port to listen on (server.port)
    #[arg(long, global = true, value_name = "PORT")]
    port: Option<String>,

    /// Set a configuration key; may be given several times
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE", value_parser = parse_assignment)]
    set: Vec<(String, String)>,
}

/// What to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve the API (the default)
    #[default]
    Serve,
    /// Bring the database's schema up to date
    Migrate {
        /// After a restore from a backup: have nothing read again that Redis holds, and no version given again
        #[arg(long)]
        renew_cache_epoch: bool,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Print the effective configuration, secrets masked
    Config,
    /// Ask the service on this machine whether it is ready: exit status 0 or 1
    Healthcheck,
    /// Try a running service from outside and leave nothing behind: exit status 0 or 1
    #[command(subcommand)]
    SmokeTest(Check),
}

impl Cli {
    /// What was asked for.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or_default()
    }

    /// Where the configuration comes from, this command line included.
    pub fn sources(self) -> Sources {
        let host = self.host.map(|host| ("--host".to_owned(), host));
        let port = self.port.map(|port| ("--port".to_owned(), port));
        Sources::of_process(
            self.config,
            self.set.into_iter().chain(host).chain(port).collect(),
        )
    }
}
