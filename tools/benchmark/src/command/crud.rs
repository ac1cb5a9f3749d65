//! `benchmark crud`: objects that are created, changed and deleted, and what is read of them.

mod mind;
mod sweeper;

use std::{process::ExitCode, rc::Rc, sync::Arc, time::SystemTime};

use self::mind::{Mind, Writer};
use super::{
    Usage,
    ending::{self, Ending},
    levels, requests,
    session::{Session, make_room},
    signals::Signals,
};
use crate::{
    cli::Crud,
    crud::{self, Operation, Scenario, Template},
    progress::Progress,
    record::Row,
    results::{Configuration, Results},
};

pub(super) async fn run(arguments: Crud) -> anyhow::Result<ExitCode> {
    let Crud { common, amount, .. } = &arguments;
    amount.check()?;
    let scenario = Arc::new(scenario(&arguments)?);
    ending::check(common)?;
    make_room(&amount.concurrent_users.0)?;
    let signals = Signals::listen();
    let session = Session::begin(common, &signals).await?;
    let before = session.scrape().await?;
    let traffic = session.traffic(rows(&scenario), amount.duration.0, amount.pace());
    let mut progress = Progress::new(common.quiet);
    let users = &amount.concurrent_users.0;
    let writer = Rc::new(Writer::new(common)?);
    let minds = |users| {
        let seeds = 0..u64::from(users);
        seeds
            .map(|seed| Mind::new(&scenario, &writer, seed))
            .collect()
    };
    let outcome = levels::run(&session, &traffic, users, &mut progress, minds).await?;
    let server = session.server(before, &outcome.results).await;
    let cleanup = if arguments.keep {
        None
    } else {
        Some(sweeper::sweep(&session, &traffic, outcome.scripts, &mut progress).await?)
    };
    let config = configuration(&arguments, &scenario);
    let results = Results {
        cleanup,
        ..session.results(config, outcome.levels, outcome.results, server)
    };
    Ending::new(common, &outcome.notes, &signals).conclude(&results)
}

fn scenario(arguments: &Crud) -> Result<Scenario, Usage> {
    let wrong = |what: &str, error: anyhow::Error| Usage(format!("{what}: {error:#}"));
    let template = arguments
        .template
        .as_deref()
        .unwrap_or(crud::DEFAULT_TEMPLATE);
    let template = Template::parse(template).map_err(|error| wrong("--template", error))?;
    let resource = &arguments.resource;
    // Names are new in each run.
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let first = u64::try_from(now.as_millis()).unwrap_or_default();
    Scenario::new(resource, template, arguments.weights, first)
        .map_err(|error| wrong("--resource", error))
}

/// A row for each operation, in their order.
fn rows(scenario: &Scenario) -> Vec<Row> {
    let row = |operation: Operation| Row {
        method: operation.method().to_string(),
        endpoint: scenario.endpoint(operation),
    };
    Operation::ALL.map(row).to_vec()
}

fn configuration(arguments: &Crud, scenario: &Scenario) -> Configuration {
    let endpoints = rows(scenario);
    arguments.amount.note_in(Configuration {
        endpoints: endpoints.into_iter().map(|row| row.endpoint).collect(),
        weights: Operation::ALL
            .map(|operation| arguments.weights.of(operation))
            .to_vec(),
        method: "*".to_owned(),
        ..requests::configuration("crud", &arguments.common)
    })
}
