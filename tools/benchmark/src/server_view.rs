//! What the server itself counted while it was asked.

mod asked;
mod between;
mod disagreement;
mod fetch;
mod histogram;
mod scrape;
mod template;
mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::scrape::Scrape;

/// What the server's metrics say of the time of the run; empty where they were not asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerView {
    /// Where the metrics are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_url: Option<String>,
    /// One entry for each endpoint that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<ServerEndpoint>,
    /// Where client and server disagree, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<String>,
}

/// What the server counted for one method and route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerEndpoint {
    /// Its route template, such as `/things/{thing_id}`.
    pub endpoint: String,
    /// The method.
    pub method: String,
    /// The paths asked by the client that belong to it.
    pub paths: Vec<String>,
    /// Requests that the client sent to them.
    pub client_requests: u64,
    /// Share of 5xx that the client saw, in percent.
    pub client_error_rate: f64,
    /// Mean time that the client measured, in seconds.
    pub client_avg_response_time: f64,
    /// Requests counted.
    pub requests: u64,
    /// Answers by status code.
    pub status_codes: BTreeMap<String, u64>,
    /// Share of 5xx, in percent.
    pub error_rate: f64,
    /// Mean time that the server measured, in seconds; this and those below are 0 where it
    /// measured none.
    pub avg_response_time: f64,
    /// Median by interpolation within the histogram's bucket, as Prometheus does it, in seconds.
    pub p50_response_time: f64,
    /// 95th percentile, likewise.
    pub p95_response_time: f64,
    /// 99th percentile, likewise.
    pub p99_response_time: f64,
}
