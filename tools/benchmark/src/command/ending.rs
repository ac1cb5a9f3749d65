//! The end of a run: results said and written, and what they mean for the exit status.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    process::ExitCode,
};

use super::Usage;
use crate::{cli::Common, output, results::Results, summary};

/// A threshold was crossed; k6 ends with the same status.
pub(super) const CROSSED: u8 = 99;
/// 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// What was asked for that matters now.
pub(super) struct Ending<'a> {
    common: &'a Common,
    notes: &'a BTreeMap<String, u64>,
}

impl<'a> Ending<'a> {
    pub(super) fn new(common: &'a Common, notes: &'a BTreeMap<String, u64>) -> Self {
        Self { common, notes }
    }

    /// Writes and says `results`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn conclude(&self, results: &Results) -> anyhow::Result<ExitCode> {
        if let Some(path) = &self.common.output {
            output::write(results, path)?;
        }
        if !self.common.quiet {
            // Whoever closed the pipe does not want to read it.
            let _ = io::stdout().write_all(summary::text(results).as_bytes());
        }
        for (note, count) in self.notes {
            complain(&format!("{count} × {note}"));
        }
        let crossed = self.crossed(results);
        let useless = useless(results);
        crossed
            .iter()
            .chain(&useless)
            .for_each(|sentence| complain(sentence));
        Ok(match () {
            () if !useless.is_empty() => ExitCode::FAILURE,
            () if !crossed.is_empty() => ExitCode::from(CROSSED),
            () if results.interrupted => ExitCode::from(INTERRUPTED),
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
    let fruitless = results
        .results
        .iter()
        .filter(|result| result.successful_requests == 0 && result.failed_requests > 0);
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
