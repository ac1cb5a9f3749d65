//! `benchmark profile`: one user, one endpoint after the other, each so many times.

use std::process::ExitCode;

use super::{
    ending::{self, Ending},
    levels, requests,
    session::Session,
    signals::Signals,
};
use crate::{
    cli::Profile,
    load::{AT_ONCE, ENDLESS, Notes, Script, Step},
    progress::Progress,
    results::{self, Configuration},
};

pub(super) async fn run(arguments: Profile) -> anyhow::Result<ExitCode> {
    let Profile {
        common,
        requests: asked,
        iterations,
    } = &arguments;
    let steps = requests::steps(common, asked)?;
    ending::check(common)?;
    let session = Session::begin(common, &Signals::listen()).await?;
    let before = session.scrape().await?;
    let mut progress = Progress::new(common.quiet);
    let (mut all, mut notes) = (Vec::new(), Notes::default());
    for (row, step) in requests::rows(asked).into_iter().zip(&steps) {
        let traffic = session.traffic(vec![row], ENDLESS, AT_ONCE);
        let repeat = |_| vec![Repeat::new(step, *iterations)];
        let outcome = levels::run(&session, &traffic, &[1], &mut progress, repeat).await?;
        all.extend(outcome.results);
        notes.add(outcome.notes);
    }
    let config = Configuration {
        iterations: Some(*iterations),
        ..requests::sent("profile", common, asked, &steps)
    };
    let server = session.server(before, &all).await;
    let all = all.into_iter().map(profiled).collect();
    let results = session.results(config, Vec::new(), all, server);
    Ending::new(common, &notes, &session.signals).conclude(&results)
}

/// A user that does the same again and again.
struct Repeat {
    step: Step,
    left: u64,
}

impl Repeat {
    fn new(step: &Step, times: u64) -> Self {
        let step = Step {
            row: 0,
            ..step.clone()
        };
        Self { step, left: times }
    }
}

impl Script for Repeat {
    const READS: bool = false;

    fn next(&mut self) -> Option<Step> {
        self.left = self.left.checked_sub(1)?;
        Some(self.step.clone())
    }
}

/// With what only a profile has; requests one after the other leave nothing to be corrected.
fn profiled(result: results::EndpointResult) -> results::EndpointResult {
    results::EndpointResult {
        profile: Some(results::Profile {
            iterations: result.total_requests,
            median_response_time: result.p50_response_time,
        }),
        corrected: None,
        ..result
    }
}
