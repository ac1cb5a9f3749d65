//! From two scrapes and the client's results to the server's view.

use std::collections::BTreeMap;

use hyper::Uri;

use super::{
    Scrape, ServerEndpoint, ServerView,
    asked::{self, Asked, by_route, endpoint_label},
    disagreement::{self, disagreements},
    histogram::Histogram,
    scrape::Route,
};
use crate::results::EndpointResult;

impl ServerView {
    /// What the server at `url` counted from `before` to `after`, beside what the client found out
    /// in that time.
    ///
    /// The scrapes themselves are left out. When the server was restarted in between, it is what
    /// it counted since.
    pub fn between(url: &str, before: &Scrape, after: &Scrape, results: &[EndpointResult]) -> Self {
        let restarted = after.restarted_since(before);
        let increase = if restarted {
            after.clone()
        } else {
            without_scrapes(after.since(before), url)
        };
        let mut endpoints = Vec::new();
        let mut found = disagreement::missing(url, after);
        if increase.counts.is_some() {
            for (route, asked) in by_route(results, &increase) {
                let endpoint = endpoint(&route, &asked, &increase);
                if !restarted {
                    found.extend(disagreements(&endpoint, &asked));
                }
                endpoints.push(endpoint);
            }
        }
        if restarted {
            found.push(disagreement::restarted(&endpoints));
        }
        Self {
            metrics_url: Some(url.to_owned()),
            endpoints,
            disagreements: found,
        }
    }

    /// The view of a server whose metrics could not be read when the run was over.
    pub fn unreadable(url: &str, error: &anyhow::Error) -> Self {
        Self {
            metrics_url: Some(url.to_owned()),
            endpoints: Vec::new(),
            disagreements: vec![format!("What the server counted is not known: {error:#}.")],
        }
    }
}

/// Takes away the scrapes since the first one, which a server counts where it shows its metrics
/// beside what else it has.
fn without_scrapes(mut increase: Scrape, url: &str) -> Scrape {
    let scrapes = (1 + increase.asked_before) as f64;
    let path = url.parse::<Uri>().map(|url| url.path().to_owned());
    let route = path.map(|path| Route {
        method: "GET".to_owned(),
        endpoint: endpoint_label(&path, &increase),
    });
    let by_status = route
        .ok()
        .and_then(|route| increase.counts.as_mut()?.get_mut(&route));
    if let Some(count) = by_status.and_then(|by_status| by_status.get_mut("200")) {
        *count = (*count - scrapes).max(0.0);
    }
    increase
}

fn endpoint(route: &Route, asked: &Asked, increase: &Scrape) -> ServerEndpoint {
    let counts = increase.counts.as_ref();
    let status_codes: BTreeMap<String, u64> = counts
        .and_then(|counts| counts.get(route))
        .into_iter()
        .flatten()
        .map(|(status, count)| (status.clone(), count.round() as u64))
        .filter(|(_, count)| *count > 0)
        .collect();
    let requests = status_codes.values().sum();
    let errors = status_codes.iter().filter_map(asked::server_error).sum();
    let no_times = Histogram::default();
    let times = increase.times.as_ref().and_then(|times| times.get(route));
    let times = times.unwrap_or(&no_times);
    ServerEndpoint {
        endpoint: route.endpoint.clone(),
        method: route.method.clone(),
        paths: asked.paths.clone(),
        client_requests: asked.requests,
        client_error_rate: percent(asked.server_errors, asked.requests),
        client_avg_response_time: asked.mean(),
        requests,
        error_rate: percent(errors, requests),
        status_codes,
        avg_response_time: times.mean().unwrap_or_default(),
        p50_response_time: times.quantile(0.5).unwrap_or_default(),
        p95_response_time: times.quantile(0.95).unwrap_or_default(),
        p99_response_time: times.quantile(0.99).unwrap_or_default(),
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
