//! The files of a comparison.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use chrono::DateTime;
use serde_json::error::Category;

use super::Comparison;
use crate::{
    output::{self, Format},
    results::Results,
};

/// Reads the results of a run.
///
/// # Errors
///
/// If the file cannot be read or is not results as JSON; the message names it and says why.
pub fn read(path: &Path) -> anyhow::Result<Results> {
    let name = path.display();
    let contents = fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let results: Results = serde_json::from_slice(&contents).map_err(|error| {
        let reason = match error.classify() {
            Category::Data => "is JSON, but not the results of a run",
            Category::Eof => "is not complete",
            Category::Syntax | Category::Io => "is not JSON, and nothing else can be compared",
        };
        anyhow::Error::new(error).context(format!("{name} {reason}"))
    })?;
    DateTime::parse_from_rfc3339(&results.timestamp).with_context(|| {
        format!(
            "{name} has a timestamp that is none: {:?}",
            results.timestamp
        )
    })?;
    Ok(results)
}

/// Makes sure that a comparison can be written to a file, before it is made.
///
/// # Errors
///
/// If its name does not end in `.json`, or its folder cannot be written to.
pub fn check_output(path: &Path) -> anyhow::Result<()> {
    match Format::of(path) {
        Ok(Format::Json) => output::check(path),
        _ => bail!(
            "{}: the name of a file of a comparison ends in .json",
            path.display()
        ),
    }
}

impl Comparison {
    /// Writes it as JSON, to `schema/comparison.json`; the file is there whole or not at all.
    ///
    /// # Errors
    ///
    /// Those of [`check_output`], and what the system says of a full disk.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        check_output(path)?;
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        output::replace(path, &json)
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use fastrand::Rng;
    use schemars::schema_for;
    use serde_json::{Value, json};

    use super::*;
    use crate::comparison::{
        compare,
        simulation::{Server, simulate},
    };

    const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/comparison.json");

    fn run(seconds: usize) -> Results {
        simulate(
            &Server {
                seconds,
                ..Server::USUAL
            },
            &mut Rng::with_seed(5),
        )
    }

    #[test]
    fn the_schema_is_that_of_the_types() {
        let schema = serde_json::to_string_pretty(&schema_for!(Comparison)).unwrap() + "\n";
        if env::var_os("UPDATE").is_some() {
            fs::write(SCHEMA, &schema).unwrap();
        }

        let committed = fs::read_to_string(SCHEMA).unwrap_or_default();

        assert!(
            schema == committed,
            "{SCHEMA} is outdated: run this test with UPDATE=1"
        );
    }

    #[test]
    fn what_is_written_fits_the_schema_and_can_be_read_again() {
        let schema: Value = serde_json::from_slice(&fs::read(SCHEMA).unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("comparison.json");
        let mut silent = run(30);
        silent.results[0]
            .intervals
            .iter_mut()
            .for_each(|second| second.requests = 0);

        for (new, reason) in [
            (run(29), "enough"),
            (run(3), "too few"),
            (silent, "no answers"),
        ] {
            let comparison = compare(&run(30), &new).unwrap();
            comparison.write(&path).unwrap();

            let written: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();

            let errors: Vec<_> = validator
                .iter_errors(&written)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{reason}: {errors:?}");
            // By its text: a number may lose its last digit on the way.
            let read: Comparison = serde_json::from_value(written).unwrap();
            assert_eq!(read.to_string(), comparison.to_string(), "{reason}");
        }
    }

    #[test]
    fn a_file_that_is_not_results_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        let whole = serde_json::to_string(&run(2)).unwrap();
        let mut undated = serde_json::to_value(run(2)).unwrap();
        undated["timestamp"] = json!("yesterday");
        let cases = [
            ("endpoint,method\n/things,GET\n".to_owned(), "is not JSON"),
            (whole[..whole.len() - 9].to_owned(), "is not complete"),
            (
                r#"{"timestamp": "2026-01-05T12:00:00Z"}"#.to_owned(),
                "missing field `config`",
            ),
            ("[]".to_owned(), "not the results of a run"),
            (undated.to_string(), "\"yesterday\""),
            (String::new(), "is not complete"),
        ];

        for (contents, expected) in cases {
            fs::write(&path, contents).unwrap();
            let message = format!("{:#}", read(&path).unwrap_err());
            assert!(message.contains(expected), "{message:?} has {expected:?}");
            assert!(
                message.contains(&*path.to_string_lossy()),
                "{message:?} names the file"
            );
        }
        let missing = read(&folder.path().join("missing.json")).unwrap_err();
        assert!(missing.to_string().contains("missing.json"), "{missing}");
    }

    #[test]
    fn a_comparison_is_written_as_json_only() {
        for name in ["comparison.csv", "comparison.html", "comparison"] {
            let message = check_output(Path::new(name)).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(".json"),
                "{message}"
            );
        }
    }
}
