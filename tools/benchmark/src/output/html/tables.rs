//! The results as rows of text.

use super::words::{count, counts, length, percent, rate};
use crate::{
    format::time,
    results::{Cleanup, Corrected, EndpointResult, Level, Model, Results},
    server_view::ServerView,
};

/// A table of which the first column names the row.
pub(super) struct Table {
    pub(super) head: &'static [&'static str],
    pub(super) rows: Vec<Vec<String>>,
}

/// A name and what is said of it.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
}

fn fact(name: &'static str, value: impl Into<String>) -> Fact {
    Fact {
        name,
        value: value.into(),
    }
}

/// The whole run in a few numbers; response times only if there was but one level.
pub(super) fn summary(results: &Results) -> Vec<Fact> {
    let sum = |field: fn(&EndpointResult) -> u64| results.results.iter().map(field).sum::<u64>();
    let (total, failed) = (
        sum(|row| row.total_requests),
        sum(|row| row.failed_requests),
    );
    let unsent = results
        .levels
        .iter()
        .map(|level| level.unsent_requests)
        .sum();
    let mut facts = vec![
        fact("requests", count(total)),
        fact("failed", count(failed)),
    ];
    if unsent > 0 {
        facts.push(fact("never sent", count(unsent)));
    }
    if let [level] = &results.levels[..] {
        facts.extend([
            fact("error rate", percent(level.error_rate)),
            fact("throughput", rate(level.requests_per_second)),
            fact("median", time(level.p50_response_time)),
            fact("p95", time(level.p95_response_time)),
            fact("p99", time(level.p99_response_time)),
        ]);
    }
    if let Some(Cleanup { deleted, failed }) = results.cleanup {
        facts.extend([
            fact("objects deleted at the end", count(deleted)),
            fact("objects left behind", count(failed)),
        ]);
    }
    facts
}

/// All endpoints together, by level.
pub(super) fn levels(levels: &[Level]) -> Table {
    let row = |level: &Level| {
        vec![
            level.users.to_string(),
            count(level.total_requests),
            count(level.failed_requests),
            count(level.unsent_requests),
            percent(level.error_rate),
            rate(level.requests_per_second),
            time(level.p50_response_time),
            time(level.p95_response_time),
            time(level.p99_response_time),
            length(level.total_duration),
        ]
    };
    Table {
        head: &[
            "users",
            "requests",
            "failed",
            "never sent",
            "error rate",
            "throughput",
            "p50",
            "p95",
            "p99",
            "took",
        ],
        rows: levels.iter().map(row).collect(),
    }
}

/// Every endpoint at every level.
pub(super) fn endpoints(results: &[EndpointResult]) -> Table {
    let row = |result: &EndpointResult| {
        vec![
            name(result),
            result.users.to_string(),
            count(result.total_requests),
            count(result.failed_requests),
            percent(result.error_rate),
            rate(result.requests_per_second),
            time(result.avg_response_time),
            time(result.std_deviation),
            time(result.min_response_time),
            time(result.p50_response_time),
            time(result.p90_response_time),
            time(result.p95_response_time),
            time(result.p99_response_time),
            time(result.p999_response_time),
            time(result.max_response_time),
            counts(&result.status_codes),
            counts(&result.errors),
        ]
    };
    Table {
        head: &[
            "endpoint",
            "users",
            "requests",
            "failed",
            "error rate",
            "throughput",
            "mean",
            "deviation",
            "min",
            "p50",
            "p90",
            "p95",
            "p99",
            "p99.9",
            "max",
            "answers",
            "failures",
        ],
        rows: results.iter().map(row).collect(),
    }
}

/// What only profiles have.
pub(super) fn profiles(results: &[EndpointResult]) -> Table {
    let row = |result: &EndpointResult| {
        result.profile.as_ref().map(|profile| {
            vec![
                name(result),
                count(profile.iterations),
                time(profile.median_response_time),
            ]
        })
    };
    Table {
        head: &["endpoint", "iterations", "median"],
        rows: results.iter().filter_map(row).collect(),
    }
}

/// Response times as measured, and below them the same as corrected.
pub(super) fn corrected(results: &[EndpointResult]) -> Table {
    let pair = |raw: &EndpointResult, corrected: &Corrected| {
        [
            ("raw", raw.response_times()),
            ("corrected", corrected.response_times()),
        ]
        .map(|(kind, times)| {
            let who = [name(raw), raw.users.to_string(), kind.to_owned()];
            who.into_iter().chain(times.map(time)).collect()
        })
    };
    let rows = results
        .iter()
        .filter_map(|raw| raw.corrected.as_ref().map(|times| pair(raw, times)));
    Table {
        head: &[
            "endpoint",
            "users",
            "response times",
            "mean",
            "p50",
            "p90",
            "p95",
            "p99",
            "p99.9",
        ],
        rows: rows.flatten().collect(),
    }
}

/// The server's counts beside the client's.
pub(super) fn server(view: &ServerView) -> Table {
    let rows = view.endpoints.iter().map(|route| {
        vec![
            format!("{} {}", route.method, route.endpoint),
            route.paths.join(", "),
            count(route.client_requests),
            count(route.requests),
            percent(route.client_error_rate),
            percent(route.error_rate),
            time(route.client_avg_response_time),
            time(route.avg_response_time),
            time(route.p50_response_time),
            time(route.p95_response_time),
            time(route.p99_response_time),
            counts(&route.status_codes),
        ]
    });
    Table {
        head: &[
            "route",
            "asked as",
            "requests, client",
            "requests, server",
            "5xx, client",
            "5xx, server",
            "mean, client",
            "mean, server",
            "p50, server",
            "p95, server",
            "p99, server",
            "answers, server",
        ],
        rows: rows.collect(),
    }
}

/// What was asked for, without what was not.
pub(super) fn configuration(results: &Results) -> Vec<Fact> {
    let config = &results.config;
    let weights = config.endpoints.iter().zip(&config.weights).enumerate();
    let endpoints: Vec<String> = weights
        .map(|(place, (path, weight))| {
            // Each has its own in a CRUD run; a run that ended early has not come to all.
            let result = results.results.get(place);
            let method = result.map_or(&config.method, |result| &result.method);
            format!("{method} {path} × {weight}")
        })
        .collect();
    let headers: Vec<String> = config
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let users: Vec<String> = config.users.iter().map(u32::to_string).collect();
    let model = match config.model {
        Model::Closed => "closed",
        Model::Open => "open",
    };
    let mut facts = vec![
        fact("command", &config.command),
        fact("base URL", &config.base_url),
        fact("endpoints × weight", endpoints.join(", ")),
        fact("headers", headers.join(", ")),
        fact(
            "payload",
            format!("{} bytes", count(config.payload_bytes as u64)),
        ),
        fact("model", model),
        fact("users", users.join(", ")),
        fact("duration of a level", length(config.duration)),
        fact("ramp-up", length(config.ramp_up)),
        fact("timeout", length(config.timeout)),
        fact("thresholds", config.thresholds.join(", ")),
    ];
    facts.extend(config.rate.map(|intended| fact("rate", rate(intended))));
    facts.extend(
        config
            .iterations
            .map(|number| fact("iterations", count(number))),
    );
    facts.retain(|fact| !["", "0 s", "0 bytes"].contains(&fact.value.as_str()));
    facts
}

fn name(result: &EndpointResult) -> String {
    format!("{} {}", result.method, result.endpoint)
}
