//! `benchmark load-test`.

use std::process::ExitCode;

use super::{
    Usage,
    ending::{self, Ending},
    levels, requests, saturation,
    session::{Keys, Session, make_room},
};
use crate::{
    cli::{Amount, LoadTest},
    load::{Arrivals, Mix, Notes, Pace, Traffic},
    progress::Progress,
    results::{Configuration, Model, Results},
};

pub(super) async fn run(arguments: LoadTest) -> anyhow::Result<ExitCode> {
    ending::check(&arguments.common)?;
    let (results, notes) = measure(&arguments, &Keys::listen()).await?;
    Ending::new(&arguments.common, &notes).conclude(&results)
}

/// One load test: its results, and its failures in words.
pub(super) async fn measure(arguments: &LoadTest, keys: &Keys) -> anyhow::Result<(Results, Notes)> {
    let LoadTest {
        common,
        requests: asked,
        amount,
        weights,
    } = arguments;
    amount.check().map_err(Usage)?;
    let steps = requests::steps(common, asked)?;
    let weights = weigh(weights, steps.len())?;
    make_room(&amount.concurrent_users.0)?;
    let session = Session::begin(common, keys).await?;
    let before = session.scrape(common).await?;
    let traffic = Traffic {
        connector: session.connector.clone(),
        rows: requests::rows(asked),
        duration: amount.duration.0,
        timeout: common.timeout.0,
        pace: pace(amount),
        interrupt: session.keys.interrupt.clone(),
    };
    let mut progress = Progress::new(common.quiet);
    let mix = Mix::new(steps.clone(), weights.clone());
    let users = &amount.concurrent_users.0;
    let length = Some(amount.duration.0);
    let deal = |users| vec![mix.clone(); users as usize];
    let outcome = levels::run(&session, &traffic, users, length, &mut progress, deal).await?;
    let config = Configuration {
        weights: weights.into_iter().map(f64::from).collect(),
        model: model(amount),
        users: users.clone(),
        rate: amount.rate,
        duration: amount.duration.0.as_secs_f64(),
        ramp_up: amount.ramp_up.0.as_secs_f64(),
        ..requests::sent("load-test", common, asked, &steps)
    };
    let results = Results {
        timestamp: session.timestamp.clone(),
        config,
        saturation: saturation::find(&outcome.levels, model(amount)),
        server: session.server(common, before, &outcome.results).await,
        results: outcome.results,
        levels: outcome.levels,
        cleanup: None,
        interrupted: session.keys.interrupt.is_cancelled(),
    };
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

pub(super) fn pace(amount: &Amount) -> Pace {
    let ramp_up = amount.ramp_up.0;
    match amount.rate {
        None => Pace::Closed { ramp_up },
        Some(rate) => Pace::Open(Arrivals { rate, ramp_up }),
    }
}

pub(super) fn model(amount: &Amount) -> Model {
    match amount.rate {
        None => Model::Closed,
        Some(_) => Model::Open,
    }
}
