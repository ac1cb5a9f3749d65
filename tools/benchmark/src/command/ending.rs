//! The end of a run: results said and written, and what they mean for the exit status.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;

use super::{Usage, answers::Answers, signals::Signals};
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
        let mut answers = Answers::default();
        answers.add(&results.results);
        let useless = answers.complaints(results.interrupted);
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

/// Says what went wrong.
pub(super) fn complain(sentence: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(io::stderr(), "benchmark: {sentence}");
}

impl Usage {
    /// `EX_USAGE` of sysexits.h.
    pub(crate) const STATUS: u8 = 64;
}
