//! The end of a run: results said and written, and what they mean for the exit status.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;

use super::{Usage, signals::Signals};
use crate::{cli::Common, load::Notes, output, results::Results, summary};

/// A threshold was crossed; k6 ends with the same status.
pub(super) const CROSSED: u8 = 99;
/// What was asked for that matters now.
pub(super) struct Ending<'a> {
    common: &'a Common,
    notes: &'a Notes,
    signals: &'a Signals,
}

/// Makes sure that there is a place for the results, before there are any.
pub(super) fn check(common: &Common) -> Result<(), Usage> {
    let checked = common.output.as_deref().map_or(Ok(()), output::check);
    checked.map_err(|error| Usage(format!("--output: {error:#}")))
}

/// Writes to the standard output.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever closed the pipe does not want to read it.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to the standard output")
        }
        _ => Ok(()),
    }
}

impl<'a> Ending<'a> {
    pub(super) fn new(common: &'a Common, notes: &'a Notes, signals: &'a Signals) -> Self {
        Self {
            common,
            notes,
            signals,
        }
    }

    /// Writes and says `results`; where one of these fails, the other is done all the same.
    ///
    /// # Errors
    /// When they cannot be written or said.
    pub(super) fn conclude(&self, results: &Results) -> anyhow::Result<ExitCode> {
        let written = match &self.common.output {
            Some(path) => output::write(results, path),
            None => Ok(()),
        };
        let said = match self.common.quiet {
            true => Ok(()),
            false => say(&summary::text(results)),
        };
        for (note, count) in self.notes.iter() {
            complain(&format!("{count} × {note}"));
        }
        let crossed = self.crossed(results);
        let useless = useless(results);
        crossed
            .iter()
            .chain(&useless)
            .for_each(|sentence| complain(sentence));
        written.and(said)?;
        Ok(match () {
            () if !crossed.is_empty() => ExitCode::from(CROSSED),
            () if !useless.is_empty() => ExitCode::FAILURE,
            () if results.interrupted => ExitCode::from(self.signals.interruption().status()),
            () => ExitCode::SUCCESS,
        })
    }

    fn crossed(&self, results: &Results) -> Vec<String> {
        let thresholds = self.common.thresholds.iter();
        let crossings = thresholds.flat_map(|threshold| {
            let results = results.results.iter();
            results.filter_map(move |result| threshold.crossed_by(result))
        });
        crossings.collect()
    }
}

/// Endpoints that never gave a good answer: their figures are those of something else.
fn useless(results: &Results) -> Vec<String> {
    let mut all = results.results.iter();
    if all.all(|result| result.total_requests == 0) && !results.interrupted {
        return vec!["not one request was sent: the time was too short".to_owned()];
    }
    // What was aborted might have succeeded.
    let fruitless = results.results.iter().filter(|result| {
        result.successful_requests == 0 && result.failed_requests > result.aborted()
    });
    let sentence = fruitless.map(|result| {
        let mut kinds: Vec<(&u64, String)> = result
            .status_codes
            .iter()
            .map(|(code, count)| (count, format!("status {code}")))
            .chain(
                result
                    .errors
                    .iter()
                    .filter(|(kind, _)| *kind != "status")
                    .map(|(kind, count)| (count, kind.clone())),
            )
            .collect();
        kinds.sort();
        let most = kinds.pop().map(|(_, kind)| kind).unwrap_or_default();
        let hint = match most.as_str() {
            "status 404" => ": is the path right?",
            "status 405" => ": is the method right?",
            "status 401" | "status 403" => ": does it need a --header with credentials?",
            "status 400" | "status 415" | "status 422" => ": is the payload right?",
            "connection" | "protocol" => ": is the service still there, and is the scheme right?",
            _ => "",
        };
        format!(
            "{} {}: not one of {} requests succeeded, most ended with {most}{hint}",
            result.method, result.endpoint, result.total_requests
        )
    });
    sentence.collect()
}

fn complain(sentence: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "benchmark: {sentence}");
}

impl Usage {
    /// `EX_USAGE` of sysexits.h.
    pub(crate) const STATUS: u8 = 64;
}
