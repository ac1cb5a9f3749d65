#![doc = include_str!("../README.md")]

mod arguments;
mod cli;
mod command;
pub mod comparison;
pub mod crud;
mod format;
mod http;
mod load;
pub mod output;
mod progress;
mod record;
pub mod results;
pub mod server_view;
mod summary;
mod target;
mod threshold;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use tokio::{runtime::Builder, task::LocalSet};

use crate::{
    cli::Cli,
    command::{Interrupted, Usage},
};

/// Does what the command line says, and returns its exit status.
///
/// Everything runs on one thread: users that share a thread need no locks, and a server on another
/// core is not disturbed.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(cli::with_mode(arguments)) {
        Ok(cli) => cli,
        Err(error) => {
            // Without a terminal there is nobody to tell.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(Usage::STATUS)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let outcome = LocalSet::new().block_on(&runtime, command::run(cli));
        // A name that is still being looked up is not waited for.
        runtime.shutdown_background();
        outcome
    });
    outcome.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "benchmark: {error:#}");
        if error.is::<Usage>() {
            ExitCode::from(Usage::STATUS)
        } else if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
            ExitCode::from(interrupted.status())
        } else {
            ExitCode::FAILURE
        }
    })
}
