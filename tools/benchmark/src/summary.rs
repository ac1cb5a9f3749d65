//! The results for people, as tables.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};

use crate::{
    format::time,
    results::{Cleanup, EndpointResult, Level, Model, Results},
};

/// All that is worth saying, line by line.
pub(crate) fn text(results: &Results) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}\n", heading(results));
    let _ = writeln!(text, "{}", endpoints(results));
    if results
        .results
        .iter()
        .any(|result| result.corrected.is_some())
    {
        let _ = writeln!(
            text,
            "Corrected: with the requests that a stalled server was spared, since each user waited for it.",
        );
    }
    if results.levels.len() > 1 {
        let _ = writeln!(text, "\n{}", levels(results));
        let _ = writeln!(text, "{}", saturation(results));
    }
    let unsent: u64 = results
        .levels
        .iter()
        .map(|level| level.unsent_requests)
        .sum();
    if unsent > 0 {
        let _ = writeln!(
            text,
            "{unsent} requests were never sent: all users were waiting for answers.",
        );
    }
    if let Some(Cleanup { deleted, failed }) = results.cleanup {
        let _ = writeln!(
            text,
            "Afterwards {deleted} objects were deleted, {failed} were not."
        );
    }
    if !results.server.endpoints.is_empty() {
        let _ = writeln!(text, "\n{}", server(results));
    }
    for disagreement in &results.server.disagreements {
        let _ = writeln!(text, "{disagreement}");
    }
    text
}

/// What more users meant, in a sentence.
pub(crate) fn saturation(results: &Results) -> String {
    let levels = &results.levels;
    match (&results.saturation, results.config.model) {
        (Some(found), _) => format!("With {} users {}.", found.users, found.reason),
        (None, Model::Closed) if grew(levels) => "Throughput grew with the users.".to_owned(),
        (None, Model::Open) if levels.iter().all(|level| level.failed_requests == 0) => {
            "Errors began at no level.".to_owned()
        }
        _ => "These levels do not show where it is saturated.".to_owned(),
    }
}

/// Whether more users always had more answers, in whatever order the levels were run.
fn grew(levels: &[Level]) -> bool {
    Level::by_users(levels).windows(2).all(|pair| {
        pair[1].users > pair[0].users && pair[1].requests_per_second > pair[0].requests_per_second
    })
}

fn heading(results: &Results) -> String {
    let config = &results.config;
    let way = match (config.model, config.rate, config.iterations) {
        (Model::Open, Some(rate), _) => format!("open model, {rate} requests a second"),
        (_, _, Some(iterations)) => format!("{iterations} iterations"),
        _ => "closed model".to_owned(),
    };
    let early = if results.interrupted {
        ", interrupted"
    } else {
        ""
    };
    format!("{} of {}, {way}{early}", config.command, config.base_url)
}

fn endpoints(results: &Results) -> Table {
    let mut table = table(&[
        "endpoint",
        "users",
        "requests",
        "failed",
        "per second",
        "mean",
        "p50",
        "p90",
        "p95",
        "p99",
        "p99.9",
        "longest",
    ]);
    for result in &results.results {
        let name = format!("{} {}", result.method, result.endpoint);
        let mut row = vec![
            name,
            result.users.to_string(),
            result.total_requests.to_string(),
            failed(result),
            format!("{:.0}", result.requests_per_second),
        ];
        row.extend(result.response_times().map(time));
        row.push(time(result.max_response_time));
        table.add_row(row);
        if let Some(corrected) = &result.corrected {
            let mut row = vec![String::new(); 5];
            row[0] = "  corrected".to_owned();
            row.extend(corrected.response_times().map(time));
            table.add_row(row);
        }
    }
    table
}

fn failed(result: &EndpointResult) -> String {
    match result.failed_requests {
        0 => "0".to_owned(),
        failed => format!("{failed} ({:.2} %)", result.error_rate),
    }
}

fn levels(results: &Results) -> Table {
    let mut table = table(&[
        "users",
        "requests",
        "failed",
        "per second",
        "p50",
        "p95",
        "p99",
    ]);
    for level in &results.levels {
        table.add_row([
            level.users.to_string(),
            level.total_requests.to_string(),
            level.failed_requests.to_string(),
            format!("{:.0}", level.requests_per_second),
            time(level.p50_response_time),
            time(level.p95_response_time),
            time(level.p99_response_time),
        ]);
    }
    table
}

fn server(results: &Results) -> Table {
    let mut table = table(&[
        "the server's own view",
        "requests",
        "5xx",
        "mean",
        "p50",
        "p95",
        "p99",
    ]);
    for endpoint in &results.server.endpoints {
        table.add_row([
            format!("{} {}", endpoint.method, endpoint.endpoint),
            endpoint.requests.to_string(),
            format!("{:.2} %", endpoint.error_rate),
            time(endpoint.avg_response_time),
            time(endpoint.p50_response_time),
            time(endpoint.p95_response_time),
            time(endpoint.p99_response_time),
        ]);
    }
    table
}

/// Columns by blanks; all but the first are numbers.
fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::example;

    #[test]
    fn what_is_said_of_saturation_is_true() {
        use Model::{Closed, Open};
        let (grew, none) = ("Throughput grew", "do not show");
        for (model, levels, words, why) in [
            (Closed, [(50, 1e3, 0), (100, 2e3, 0)], grew, "it grew"),
            (Closed, [(100, 2e3, 0), (50, 1e3, 0)], grew, "backwards"),
            (Closed, [(50, 1e3, 0), (50, 2e3, 0)], none, "as many users"),
            (Closed, [(50, 0.0, 0), (100, 0.0, 0)], none, "no answers"),
            (
                Open,
                [(50, 1e3, 0), (100, 1e3, 0)],
                "at no level",
                "no errors",
            ),
            (
                Open,
                [(50, 1e3, 9), (100, 1e3, 9)],
                none,
                "errors all along",
            ),
        ] {
            let mut results = example::results();
            results.saturation = None;
            results.config.model = model;
            for (level, (users, rate, failed)) in results.levels.iter_mut().zip(levels) {
                (level.users, level.requests_per_second) = (users, rate);
                level.failed_requests = failed;
            }

            let said = saturation(&results);

            assert!(said.contains(words), "{why}: {said}");
        }
    }
}
