//! The commands: each ends with results, said and written, and with an exit status.

mod amount;
mod answers;
mod compare;
mod crud;
mod ending;
mod levels;
mod load_test;
mod profile;
mod requests;
mod saturation;
mod session;
mod signals;

use std::process::ExitCode;

pub(crate) use self::signals::Interrupted;
use crate::cli::{Cli, Command};

/// The command line is wrong, in a way that the parser cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// Does what the command line says.
///
/// # Errors
/// [`Usage`], [`Interrupted`], or what kept the service from being measured.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::LoadTest(arguments) => load_test::run(arguments).await,
        Command::Profile(arguments) => profile::run(arguments).await,
        Command::Crud(arguments) => crud::run(arguments).await,
        Command::Compare(arguments) => compare::run(*arguments).await,
    }
}
