//! `benchmark compare`.

use std::{path::PathBuf, process::ExitCode};

use super::{
    Interrupted, Usage,
    answers::Answers,
    ending::{CROSSED, complain, say},
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
    let (comparison, useless) = match plan {
        Plan::Files(pairs) => (of_files(&pairs)?, Vec::new()),
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
        complain(&slowdown.to_string());
    }
    useless.iter().for_each(|sentence| complain(sentence));
    Ok(match () {
        () if !slowdowns.is_empty() => ExitCode::from(CROSSED),
        () if !useless.is_empty() => ExitCode::FAILURE,
        () if signals.interrupt.is_cancelled() => ExitCode::from(signals.interruption().status()),
        () => ExitCode::SUCCESS,
    })
}

fn of_files(pairs: &[(PathBuf, PathBuf)]) -> anyhow::Result<Comparison> {
    let read =
        |(old, new): &(PathBuf, PathBuf)| Ok((comparison::read(old)?, comparison::read(new)?));
    let pairs: Vec<_> = pairs.iter().map(read).collect::<anyhow::Result<_>>()?;
    Ok(comparison::rounds(&pairs)?)
}

/// Measures both servers by turns, each for its part of the duration. Says as well which endpoints
/// gave no good answer on a side in all its rounds.
async fn live(
    load: &LoadTest,
    against: &str,
    rounds: u32,
    signals: &Signals,
) -> anyhow::Result<(Comparison, Vec<String>)> {
    let against: BaseUrl = against
        .parse()
        .map_err(|error| Usage(format!("--against: {error}")))?;
    load.amount.check()?;
    let part = |whole: Seconds| Seconds(whole.0 / rounds);
    let (mut old, mut new) = (Answers::default(), Answers::default());
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
            measured => {
                let (results, _) = measured?;
                let answers = match turn.side {
                    Side::Old => &mut old,
                    Side::New => &mut new,
                };
                answers.add(&results.results);
                Ok(Some(results).filter(|results| !results.interrupted))
            }
        }
    };
    let comparison = comparison::live(rounds, turn).await?;
    let comparison = comparison.ok_or_else(|| signals.interruption())?;
    let sides = [(&load.common.base_url, old), (&against, new)];
    let useless = sides.iter().flat_map(|(url, answers)| {
        let complaints = answers.complaints(signals.interrupt.is_cancelled());
        complaints.into_iter().map(move |it| format!("{url}: {it}"))
    });
    Ok((comparison, useless.collect()))
}
