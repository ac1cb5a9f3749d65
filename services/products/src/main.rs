//! `products`: configuration, telemetry, build, serve, drain, flush.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Parser, error::ErrorKind};
use products::{
    api::document,
    cli::{Cli, Command},
    config::{Config, ConfigErrors},
    healthcheck,
    service::{self, Listeners, Service},
    smoke_test,
};
use secrecy::ExposeSecret;
use server::{Grace, Lifecycle};
use telemetry::{LogSettings, TelemetryGuard, TraceSettings};

/// An allocator that can tell how much it holds.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// `EX_USAGE` of sysexits.h: the command line or the configuration is wrong.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => return say(&message),
    };
    let error = match run(cli) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => error,
    };
    let usage = error.is::<ConfigErrors>();
    let message = if usage {
        format!("{error}")
    } else {
        format!("products: {error:#}")
    };
    let _ = writeln!(io::stderr(), "{}", message.trim_end());
    if usage {
        ExitCode::from(USAGE)
    } else {
        ExitCode::FAILURE
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let command = cli.command();
    match &command {
        Command::Openapi => return print(&document::to_json(&document::document())),
        Command::SmokeTest(check) => return smoke_test::run(check),
        _ => {}
    }
    let config = Config::load(&cli.sources())?;
    match command {
        Command::Config => return print(&config.effective()),
        Command::Healthcheck => return healthcheck::run(&config.server),
        _ => {}
    }
    let grace = Grace {
        drain_delay: config.server.drain_delay,
        shutdown_timeout: config.server.shutdown_timeout,
    };
    let lifecycle = match command {
        Command::Migrate { .. } => Lifecycle::manual(grace),
        _ => Lifecycle::on_signals(grace)?,
    };
    let telemetry = telemetry::init(&logs(&config), &traces(&config))?;
    let work = async {
        match command {
            Command::Migrate { renew_cache_epoch } => {
                service::migrate_database(&config, renew_cache_epoch)
                    .await
                    .map(drop)
            }
            _ => serve(config, lifecycle.clone(), &telemetry).await,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    // What is stuck by now is not waited for.
    runtime.shutdown_background();
    if let Err(error) = &result {
        tracing::error!(exception = format!("{error:#}"), "products failed");
    }
    telemetry.end_within(lifecycle.time_to_exit());
    result
}

fn logs(config: &Config) -> LogSettings {
    LogSettings {
        filter: config.log.level.clone(),
        format: config.log.format,
    }
}

fn traces(config: &Config) -> TraceSettings {
    let endpoint = config.tracing.otlp_endpoint.as_ref();
    TraceSettings {
        otlp_endpoint: endpoint.map(|url| url.expose_secret().to_owned()),
        sample_ratio: config.tracing.sample_ratio,
        service_name: config.tracing.service_name.clone(),
        service_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

async fn serve(
    config: Config,
    lifecycle: Lifecycle,
    telemetry: &TelemetryGuard,
) -> anyhow::Result<()> {
    server::raise_descriptor_limit().context("cannot raise the limit of open files")?;
    let listeners = Listeners::bind(&config.server).await?;
    Service::build(config, lifecycle, telemetry)?
        .run(listeners)
        .await
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

/// Help and version go to stdout and are a success; mistakes go to stderr.
fn say(message: &clap::Error) -> ExitCode {
    let _ = message.print();
    match message.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}
