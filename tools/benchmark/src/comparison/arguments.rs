//! What `benchmark compare` is told.

use std::path::PathBuf;

use thiserror::Error;

/// What is compared, besides the options of the load.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Results of an old and a new run, as JSON; more such pairs are rounds of one comparison
    #[arg(value_name = "OLD.json NEW.json", conflicts_with_all = ["against", "rounds"])]
    pub files: Vec<PathBuf>,

    /// Measure now: run against --base-url (old) and this URL (new), by turns
    #[arg(long, value_name = "URL")]
    pub against: Option<String>,

    /// Turns of each side; --duration is split among them
    #[arg(long, value_name = "N", default_value_t = 10, requires = "against",
          value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub rounds: u32,

    /// Exit with status 99 if anything is shown to be slower by more than this, in percent
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub fail_if_slower: Option<f64>,
}

/// What there is to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Pairs of files of an old and a new run.
    Files(Vec<(PathBuf, PathBuf)>),
    /// Runs against two servers, by turns.
    Live {
        /// The new side; the old one is the load's base URL.
        against: String,
        /// Turns of each side.
        rounds: u32,
    },
}

/// Arguments that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Misuse {
    /// There are neither files nor a second server.
    #[error("nothing to compare: give OLD.json NEW.json, or --base-url URL and --against URL")]
    Nothing,
    /// A file has no counterpart.
    #[error("files are compared in pairs, OLD.json NEW.json and so on: {0} is one short")]
    OddFile(PathBuf),
}

impl Arguments {
    /// What they ask for.
    ///
    /// # Errors
    ///
    /// If there is nothing to compare, or a file has no counterpart.
    pub fn plan(&self) -> Result<Plan, Misuse> {
        if let Some(against) = &self.against {
            return Ok(Plan::Live {
                against: against.clone(),
                rounds: self.rounds,
            });
        }
        let (pairs, rest) = self.files.as_chunks();
        match (pairs, rest) {
            ([], []) => Err(Misuse::Nothing),
            (_, [file, ..]) => Err(Misuse::OddFile(file.clone())),
            _ => {
                let pair = |[old, new]: &[PathBuf; 2]| (old.clone(), new.clone());
                Ok(Plan::Files(pairs.iter().map(pair).collect()))
            }
        }
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end();
    match number.parse() {
        Ok(percent) if (0.0..f64::INFINITY).contains(&percent) => Ok(percent),
        _ => Err("a number of percent that is not negative, such as 5, is expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        let words = ["compare"].into_iter().chain(line.split_whitespace());
        Command::try_parse_from(words).map(|command| command.arguments)
    }

    fn files(names: &[(&str, &str)]) -> Result<Plan, Misuse> {
        let pairs = names.iter().map(|(old, new)| (old.into(), new.into()));
        Ok(Plan::Files(pairs.collect()))
    }

    #[test]
    fn arguments_say_what_is_compared() {
        let live = |rounds| {
            Ok(Plan::Live {
                against: "http://b".to_owned(),
                rounds,
            })
        };
        let cases = [
            ("a b", files(&[("a", "b")]), "two files"),
            (
                "a b c d",
                files(&[("a", "b"), ("c", "d")]),
                "two rounds of files",
            ),
            ("--against http://b", live(10), "two servers"),
            ("--against http://b --rounds 3", live(3), "few rounds"),
            ("", Err(Misuse::Nothing), "nothing"),
            ("a", Err(Misuse::OddFile("a".into())), "one file"),
            ("a b c", Err(Misuse::OddFile("c".into())), "three files"),
        ];

        for (line, plan, reason) in cases {
            assert_eq!(parse(line).unwrap().plan(), plan, "{reason}: {line}");
        }
    }

    #[test]
    fn arguments_that_mean_nothing_are_refused() {
        let cases = [
            ("a b --against http://b", "files and a server"),
            (
                "--against http://b --rounds 2",
                "too few rounds for an interval",
            ),
            ("a b --rounds 4", "rounds of files are pairs of files"),
            ("a b --fail-if-slower -5", "a negative slowdown"),
            ("a b --fail-if-slower x", "no number"),
            ("a b --fail-if-slower nan", "not a number"),
            ("a b --fail-if-slower inf", "no bound"),
        ];

        for (line, reason) in cases {
            assert!(parse(line).is_err(), "{reason}: {line}");
        }
        assert_eq!(
            parse("a b --fail-if-slower 5%").unwrap().fail_if_slower,
            Some(5.0)
        );
    }
}
