//! `benchmark compare`.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use super::{
    Interrupted, Usage,
    ending::{CROSSED, say},
    load_test::measure,
    signals::Signals,
};
use crate::{
    arguments::Seconds,
    cli::{Compare, LoadTest},
    comparison::{self, Comparison, Plan, Side, Turn},
    progress::Progress,
    target::BaseUrl,
};

pub(super) async fn run(arguments: Compare) -> anyhow::Result<ExitCode> {
    let plan = arguments
        .what
        .plan()
        .map_err(|misuse| Usage(misuse.to_string()))?;
    let common = &arguments.load.common;
    if let Some(path) = &common.output {
        comparison::check_output(path).map_err(|error| Usage(format!("{error:#}")))?;
    }
    if !common.thresholds.is_empty() {
        let other = "--threshold is for one run; a comparison has --fail-if-slower";
        return Err(Usage(other.to_owned()).into());
    }
    if common.metrics_url.is_some() {
        let other = "--metrics-url is for one run; a comparison is of what the client measured";
        return Err(Usage(other.to_owned()).into());
    }
    let mut signals = Signals::default();
    let comparison = match plan {
        Plan::Files(pairs) => of_files(&pairs)?,
        Plan::Live { against, rounds } => {
            signals = Signals::listen();
            let load = &arguments.load;
            live(load, &against, rounds, &signals).await?
        }
    };
    let written = match &common.output {
        Some(path) => comparison.write(path),
        None => Ok(()),
    };
    if !common.quiet {
        say(&comparison.to_string())?;
    }
    written?;
    let limit = arguments.what.fail_if_slower;
    let slowdowns = limit.map_or_else(Vec::new, |limit| comparison.slowdowns(limit));
    for slowdown in &slowdowns {
        let _ = writeln!(io::stderr(), "benchmark: {slowdown}");
    }
    Ok(match slowdowns.as_slice() {
        [] if signals.interrupt.is_cancelled() => ExitCode::from(signals.interruption().status()),
        [] => ExitCode::SUCCESS,
        _ => ExitCode::from(CROSSED),
    })
}

fn of_files(pairs: &[(PathBuf, PathBuf)]) -> anyhow::Result<Comparison> {
    let read =
        |(old, new): &(PathBuf, PathBuf)| Ok((comparison::read(old)?, comparison::read(new)?));
    let pairs: Vec<_> = pairs.iter().map(read).collect::<anyhow::Result<_>>()?;
    Ok(comparison::rounds(&pairs)?)
}

/// Measures both servers by turns, each for its part of the duration.
async fn live(
    load: &LoadTest,
    against: &str,
    rounds: u32,
    signals: &Signals,
) -> anyhow::Result<Comparison> {
    let against: BaseUrl = against
        .parse()
        .map_err(|error| Usage(format!("--against: {error}")))?;
    load.amount.check()?;
    let part = |whole: Seconds| Seconds(whole.0 / rounds);
    let turn = async |turn: Turn| {
        let mut load = load.clone();
        load.amount.duration = part(load.amount.duration);
        load.amount.ramp_up = part(load.amount.ramp_up);
        if turn.side == Side::New {
            load.common.base_url = against.clone();
        }
        let progress = Progress::new(load.common.quiet).about(turn.side.name());
        match measure(&load, signals, progress).await {
            Err(error) if error.is::<Interrupted>() => Ok(None),
            measured => Ok(Some(measured?.0).filter(|results| !results.interrupted)),
        }
    };
    comparison::live(rounds, turn)
        .await?
        .ok_or_else(|| signals.interruption().into())
}
