//! `benchmark load-test`.

use std::process::ExitCode;

use super::{
    Usage,
    ending::{self, Ending},
    levels, requests,
    session::{Session, make_room},
    signals::Signals,
};
use crate::{
    cli::LoadTest,
    load::{Mix, Notes},
    progress::Progress,
    results::{Configuration, Results},
};

pub(super) async fn run(arguments: LoadTest) -> anyhow::Result<ExitCode> {
    ending::check(&arguments.common)?;
    let progress = Progress::new(arguments.common.quiet);
    let signals = Signals::listen();
    let (results, notes) = measure(&arguments, &signals, progress).await?;
    Ending::new(&arguments.common, &notes, &signals).conclude(&results)
}

/// One load test: its results, and its failures in words.
pub(super) async fn measure(
    arguments: &LoadTest,
    signals: &Signals,
    mut progress: Progress,
) -> anyhow::Result<(Results, Notes)> {
    let LoadTest {
        common,
        requests: asked,
        amount,
        weights,
    } = arguments;
    amount.check()?;
    let steps = requests::steps(common, asked)?;
    let weights = weigh(weights, steps.len())?;
    make_room(&amount.concurrent_users.0)?;
    let session = Session::begin(common, signals).await?;
    let before = session.scrape().await?;
    let traffic = session.traffic(requests::rows(asked), amount.duration.0, amount.pace());
    let mix = Mix::new(steps.clone(), weights.clone());
    let deal = |users| vec![mix.clone(); users as usize];
    let users = &amount.concurrent_users.0;
    let outcome = levels::run(&session, &traffic, users, &mut progress, deal).await?;
    let config = amount.note_in(Configuration {
        weights: weights.into_iter().map(f64::from).collect(),
        ..requests::sent("load-test", common, asked, &steps)
    });
    let server = session.server(before, &outcome.results).await;
    let results = session.results(config, outcome.levels, outcome.results, server);
    Ok((results, outcome.notes))
}

/// As many weights as endpoints; all the same where none are given.
fn weigh(weights: &[u32], endpoints: usize) -> Result<Vec<u32>, Usage> {
    match weights.len() {
        0 => Ok(vec![1; endpoints]),
        given if given == endpoints => Ok(weights.to_vec()),
        given => Err(Usage(format!(
            "--weights has {given} numbers for {endpoints} endpoints"
        ))),
    }
}
