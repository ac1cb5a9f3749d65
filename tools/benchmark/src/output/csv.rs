//! A row for each endpoint and level, as CSV.
//!
//! Columns have the names that the fields have in JSON. A map is one column, `200=980;503=20`, so
//! that the header is the same for every run; the fields of `corrected` have its name before
//! theirs. What an endpoint does not have is empty. Distributions and intervals are in JSON only.

use std::collections::BTreeMap;

use anyhow::Context;
use csv::Writer;

use crate::results::{Corrected, EndpointResult, Profile, Results};

/// A name and what stands below it.
type Column = (&'static str, fn(&EndpointResult) -> String);

const COLUMNS: &[Column] = &[
    ("endpoint", |row| row.endpoint.clone()),
    ("method", |row| row.method.clone()),
    ("users", |row| row.users.to_string()),
    ("total_requests", |row| row.total_requests.to_string()),
    ("successful_requests", |row| {
        row.successful_requests.to_string()
    }),
    ("failed_requests", |row| row.failed_requests.to_string()),
    ("avg_response_time", |row| row.avg_response_time.to_string()),
    ("min_response_time", |row| row.min_response_time.to_string()),
    ("max_response_time", |row| row.max_response_time.to_string()),
    ("p50_response_time", |row| row.p50_response_time.to_string()),
    ("p90_response_time", |row| row.p90_response_time.to_string()),
    ("p95_response_time", |row| row.p95_response_time.to_string()),
    ("p99_response_time", |row| row.p99_response_time.to_string()),
    ("p999_response_time", |row| {
        row.p999_response_time.to_string()
    }),
    ("std_deviation", |row| row.std_deviation.to_string()),
    ("requests_per_second", |row| {
        row.requests_per_second.to_string()
    }),
    ("error_rate", |row| row.error_rate.to_string()),
    ("status_codes", |row| counts(&row.status_codes)),
    ("errors", |row| counts(&row.errors)),
    ("total_duration", |row| row.total_duration.to_string()),
    ("iterations", |row| {
        profile(row, |profile| profile.iterations.to_string())
    }),
    ("median_response_time", |row| {
        profile(row, |profile| profile.median_response_time.to_string())
    }),
    ("corrected_expected_interval", |row| {
        corrected(row, |times| times.expected_interval)
    }),
    ("corrected_avg_response_time", |row| {
        corrected(row, |times| times.avg_response_time)
    }),
    ("corrected_p50_response_time", |row| {
        corrected(row, |times| times.p50_response_time)
    }),
    ("corrected_p90_response_time", |row| {
        corrected(row, |times| times.p90_response_time)
    }),
    ("corrected_p95_response_time", |row| {
        corrected(row, |times| times.p95_response_time)
    }),
    ("corrected_p99_response_time", |row| {
        corrected(row, |times| times.p99_response_time)
    }),
    ("corrected_p999_response_time", |row| {
        corrected(row, |times| times.p999_response_time)
    }),
];

/// The table, its header first.
pub(super) fn render(results: &Results) -> anyhow::Result<String> {
    let mut table = Writer::from_writer(Vec::new());
    table.write_record(COLUMNS.iter().map(|(name, _)| name))?;
    for row in &results.results {
        table.write_record(COLUMNS.iter().map(|(_, value)| value(row)))?;
    }
    String::from_utf8(table.into_inner()?).context("a table of text is text")
}

fn counts(map: &BTreeMap<String, u64>) -> String {
    let pairs: Vec<String> = map
        .iter()
        .map(|(key, count)| format!("{key}={count}"))
        .collect();
    pairs.join(";")
}

fn profile(row: &EndpointResult, field: fn(&Profile) -> String) -> String {
    row.profile.as_ref().map(field).unwrap_or_default()
}

fn corrected(row: &EndpointResult, field: fn(&Corrected) -> f64) -> String {
    row.corrected
        .as_ref()
        .map(|times| field(times).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use csv::Reader;
    use serde_json::Value;

    use super::*;
    use crate::output::example;

    /// The names that a row's fields have in JSON.
    fn fields(row: &Value, prefix: &str) -> BTreeSet<String> {
        let object = row.as_object().expect("a row is an object");
        object
            .iter()
            .filter(|(_, value)| !value.is_array())
            .flat_map(|(name, value)| match name.as_str() {
                "corrected" => fields(value, "corrected_"),
                _ => BTreeSet::from([format!("{prefix}{name}")]),
            })
            .collect()
    }

    #[test]
    fn columns_are_the_fields_of_a_result() {
        let expected: BTreeSet<String> = [example::results(), example::profile()]
            .iter()
            .flat_map(|results| &results.results)
            .flat_map(|row| fields(&serde_json::to_value(row).expect("it is JSON"), ""))
            .collect();

        let columns: BTreeSet<String> =
            COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();

        assert_eq!(columns, expected);
    }

    #[test]
    fn values_stand_below_their_names() {
        let results = example::results();
        let table = render(&results).expect("it is a table");
        let mut reader = Reader::from_reader(table.as_bytes());
        let header = reader.headers().expect("it has a header").clone();
        let rows: Vec<csv::StringRecord> = reader
            .records()
            .collect::<Result<_, _>>()
            .expect("every row is whole");

        assert_eq!(rows.len(), results.results.len());
        for (row, result) in rows.iter().zip(&results.results) {
            let json = serde_json::to_value(result).expect("it is JSON");
            for (name, text) in header.iter().zip(row) {
                match json.get(name) {
                    Some(Value::String(value)) => assert_eq!(text, value, "{name}"),
                    Some(Value::Number(value)) => {
                        assert_eq!(text.parse().ok(), value.as_f64(), "{name}");
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn maps_are_one_column() {
        let map = BTreeMap::from([("200".to_owned(), 980), ("503".to_owned(), 20)]);

        assert_eq!(counts(&map), "200=980;503=20");
        assert_eq!(counts(&BTreeMap::new()), "");
    }
}
