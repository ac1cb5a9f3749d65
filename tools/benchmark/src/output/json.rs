//! All results, as JSON.

use crate::results::Results;

/// The results as they are, indented, to `schema/results.json`.
pub(super) fn render(results: &Results) -> anyhow::Result<String> {
    let mut json = serde_json::to_string_pretty(results)?;
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use schemars::schema_for;
    use serde_json::Value;

    use super::*;
    use crate::output::example;

    const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/results.json");

    #[test]
    fn the_schema_is_that_of_the_types() {
        let mut schema = serde_json::to_string_pretty(&schema_for!(Results)).expect("it is JSON");
        schema.push('\n');
        if env::var_os("UPDATE").is_some() {
            fs::write(SCHEMA, &schema).expect("the schema is writable");
        }

        let committed = fs::read_to_string(Path::new(SCHEMA)).unwrap_or_default();

        assert!(
            schema == committed,
            "{SCHEMA} is outdated: run this test with UPDATE=1"
        );
    }

    #[test]
    fn what_is_written_fits_the_schema() {
        let schema = fs::read_to_string(SCHEMA).expect("the schema is there");
        let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is one");

        for results in [example::results(), example::profile(), example::nothing()] {
            let written = render(&results).expect("results are JSON");
            let document: Value = serde_json::from_str(&written).expect("it is JSON");

            let errors: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| error.to_string())
                .collect();

            assert!(errors.is_empty(), "{}: {errors:?}", results.config.command);
        }
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        for results in [example::results(), example::profile(), example::nothing()] {
            let written = render(&results).expect("results are JSON");

            let read: Results = serde_json::from_str(&written).expect("it can be read");

            assert_eq!(read, results);
        }
    }
}
