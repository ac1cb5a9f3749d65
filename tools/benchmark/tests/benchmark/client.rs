//! A client that keeps count of what it asked.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use benchmark::{
    results::EndpointResult,
    server_view::{Scrape, ServerEndpoint, ServerView},
};
use reqwest::Method;

use crate::app::Instance;

/// Long enough for the slowest machine, and reached only when a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A run against one instance, from the first scrape on.
pub(crate) struct Run<'a> {
    instance: &'a Instance,
    before: Scrape,
    pub(crate) results: Vec<EndpointResult>,
}

impl<'a> Run<'a> {
    pub(crate) async fn begin(instance: &'a Instance) -> Self {
        let before = Scrape::fetch(&instance.metrics_url(), None, DEADLINE).await;
        Self {
            instance,
            before: before.unwrap(),
            results: Vec::new(),
        }
    }

    /// Asks `times` times, and notes the results.
    pub(crate) async fn ask(&mut self, times: u64, method: &str, path: &str) {
        let mut result = result(method, path);
        let began = Instant::now();
        for _ in 0..times {
            let status = send(self.instance, method, path).await;
            result.total_requests += 1;
            *result.status_codes.entry(status).or_default() += 1;
        }
        result.avg_response_time = began.elapsed().as_secs_f64() / times as f64;
        self.results.push(result);
    }

    /// The view at the end of the run.
    pub(crate) async fn view(&self) -> ServerView {
        self.view_of(self.instance).await
    }

    /// The view at the end of another's run, who got these `results`.
    pub(crate) async fn view_after(mut self, results: &[EndpointResult]) -> ServerView {
        self.results = results.to_vec();
        self.view().await
    }

    /// The view when `instance` answers the last scrape.
    pub(crate) async fn view_of(&self, instance: &Instance) -> ServerView {
        let url = instance.metrics_url();
        let after = Scrape::settled(&url, None, DEADLINE, &self.before, &self.results).await;
        ServerView::between(&url, &self.before, &after.unwrap(), &self.results)
    }
}

/// Asks once, and reads the answer to its end.
pub(crate) async fn send(instance: &Instance, method: &str, path: &str) -> String {
    let method: Method = method.parse().unwrap();
    let url = format!("{}{path}", instance.base_url);
    let request = reqwest::Client::new().request(method, url).send();
    let answer = request.await.unwrap();
    let status = answer.status().as_str().to_owned();
    answer.bytes().await.unwrap();
    status
}

/// What the server counted for one route.
#[track_caller]
pub(crate) fn endpoint<'v>(view: &'v ServerView, method: &str, route: &str) -> &'v ServerEndpoint {
    let found = view
        .endpoints
        .iter()
        .find(|it| it.method == method && it.endpoint == route);
    found.unwrap_or_else(|| panic!("no {method} {route} in {view:#?}"))
}

/// A result without a single request.
pub(crate) fn result(method: &str, path: &str) -> EndpointResult {
    EndpointResult {
        endpoint: path.to_owned(),
        method: method.to_owned(),
        users: 1,
        total_requests: 0,
        successful_requests: 0,
        failed_requests: 0,
        std_deviation: 0.0,
        avg_response_time: 0.0,
        min_response_time: 0.0,
        max_response_time: 0.0,
        p50_response_time: 0.0,
        p90_response_time: 0.0,
        p95_response_time: 0.0,
        p99_response_time: 0.0,
        p999_response_time: 0.0,
        requests_per_second: 0.0,
        error_rate: 0.0,
        status_codes: BTreeMap::new(),
        errors: BTreeMap::new(),
        total_duration: 0.0,
        corrected: None,
        profile: None,
        distribution: Vec::new(),
        intervals: Vec::new(),
    }
}
