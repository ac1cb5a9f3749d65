//! What the client asked, put together as the server counts it.

use std::collections::BTreeMap;

use super::{
    scrape::{Route, Scrape},
    template::route_of,
};
use crate::results::EndpointResult;

/// The label of paths that no template matches.
const UNMATCHED: &str = "unmatched";
/// The label of methods that are not known.
const OTHER: &str = "OTHER";

/// What the client found out about one route, at all levels and over all paths that belong to it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The paths, each once.
    pub(super) paths: Vec<String>,
    /// Requests sent.
    pub(super) requests: u64,
    /// Answers with 5xx.
    pub(super) server_errors: u64,
    /// Requests that were sent, or tried to be, and never answered.
    pub(super) unanswered: u64,
    /// Requests with a response time, and the sum of those times in seconds.
    timed: u64,
    seconds: f64,
}

impl Asked {
    fn add(&mut self, result: &EndpointResult) {
        if !self.paths.contains(&result.endpoint) {
            self.paths.push(result.endpoint.clone());
        }
        let failed = |kind| result.errors.get(kind).copied().unwrap_or_default();
        let untimed = failed("connection") + failed("protocol") + failed("aborted");
        let timed = result.total_requests.saturating_sub(untimed);
        let codes = result.status_codes.iter();
        self.server_errors += codes.filter_map(server_error).sum::<u64>();
        self.requests += result.total_requests;
        self.unanswered += untimed + failed("timeout");
        self.timed += timed;
        self.seconds += timed as f64 * result.avg_response_time;
    }

    /// The mean response time, in seconds; 0 where nothing was timed.
    pub(super) fn mean(&self) -> f64 {
        self.seconds / self.timed.max(1) as f64
    }
}

/// The count, if the status is 5xx.
pub(super) fn server_error<N: Copy>((status, count): (&String, &N)) -> Option<N> {
    status.starts_with('5').then_some(*count)
}

/// The results of a run by the routes that `scrape` knows.
pub(super) fn by_route(results: &[EndpointResult], scrape: &Scrape) -> BTreeMap<Route, Asked> {
    let mut asked: BTreeMap<Route, Asked> = BTreeMap::new();
    for result in results {
        let route = Route {
            method: method_label(&result.method, scrape),
            endpoint: endpoint_label(&result.endpoint, scrape),
        };
        asked.entry(route).or_default().add(result);
    }
    asked
}

/// The label of a path.
pub(super) fn endpoint_label(path: &str, scrape: &Scrape) -> String {
    let templates = routes(scrape).map(|route| route.endpoint.as_str());
    route_of(path, templates).unwrap_or(UNMATCHED).to_owned()
}

fn method_label(method: &str, scrape: &Scrape) -> String {
    let has = |label: &str| routes(scrape).any(|route| route.method == label);
    let label = if !has(method) && has(OTHER) {
        OTHER
    } else {
        method
    };
    label.to_owned()
}

fn routes(scrape: &Scrape) -> impl Iterator<Item = &Route> {
    scrape.counts.iter().flatten().map(|(route, _)| route)
}
