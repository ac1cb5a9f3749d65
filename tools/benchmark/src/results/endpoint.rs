//! What one endpoint did.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Interval, Quantile};
use crate::http::Kind;

/// What one endpoint did at one level of users.
///
/// Response times are from the moment a request was sent, in the open model from the moment it was
/// meant to be sent, to the last byte of its answer. They are of all requests that were answered
/// or timed out; the latter count with the time that was waited for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointResult {
    /// The path as it was given; in a CRUD run the operation's.
    pub endpoint: String,
    /// The method.
    pub method: String,
    /// Users of this level.
    pub users: u32,
    /// Requests sent.
    pub total_requests: u64,
    /// Answered with 2xx or 3xx, and with what was expected where answers are checked.
    pub successful_requests: u64,
    /// All others.
    pub failed_requests: u64,
    /// Mean.
    pub avg_response_time: f64,
    /// Shortest.
    pub min_response_time: f64,
    /// Longest.
    pub max_response_time: f64,
    /// Median.
    pub p50_response_time: f64,
    /// 90th percentile.
    pub p90_response_time: f64,
    /// 95th percentile.
    pub p95_response_time: f64,
    /// 99th percentile.
    pub p99_response_time: f64,
    /// 99.9th percentile.
    pub p999_response_time: f64,
    /// Standard deviation of the response times.
    pub std_deviation: f64,
    /// Requests a second, over the whole of `total_duration`.
    pub requests_per_second: f64,
    /// Share of failed requests, in percent.
    pub error_rate: f64,
    /// Answers by status code.
    pub status_codes: BTreeMap<String, u64>,
    /// Failures by kind: `connection`, `timeout`, `protocol`, `aborted` (under way when the run was
    /// aborted), `status` (4xx and 5xx), `mismatch`.
    pub errors: BTreeMap<String, u64>,
    /// From the beginning to the last answer or to the end of the time for requests, whichever was
    /// later, in seconds.
    pub total_duration: f64,
    /// What the response times had been for clients that do not wait for each other; only in the
    /// closed model, where a stalled server is spared the requests that would have shown it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Corrected>,
    /// What only a profile has.
    #[serde(flatten)]
    pub profile: Option<Profile>,
    /// Response times by percentile, more and more finely towards the longest.
    pub distribution: Vec<Quantile>,
    /// The course of it, second by second.
    pub intervals: Vec<Interval>,
}

impl EndpointResult {
    /// Requests that were under way when the run was aborted.
    pub(crate) fn aborted(&self) -> u64 {
        let aborted = self.errors.get(Kind::Aborted.name());
        aborted.copied().unwrap_or_default()
    }

    /// Mean, median, p90, p95, p99 and p99.9, in this order.
    pub(crate) fn response_times(&self) -> [f64; 6] {
        [
            self.avg_response_time,
            self.p50_response_time,
            self.p90_response_time,
            self.p95_response_time,
            self.p99_response_time,
            self.p999_response_time,
        ]
    }
}

/// Response times with those added that a stalled server was spared
/// (Gil Tene's correction for coordinated omission).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Corrected {
    /// The time between two requests of a user that was taken as normal, in seconds: its median.
    pub expected_interval: f64,
    /// Mean.
    pub avg_response_time: f64,
    /// Median.
    pub p50_response_time: f64,
    /// 90th percentile.
    pub p90_response_time: f64,
    /// 95th percentile.
    pub p95_response_time: f64,
    /// 99th percentile.
    pub p99_response_time: f64,
    /// 99.9th percentile.
    pub p999_response_time: f64,
    /// Response times by percentile, as those of the endpoint.
    pub distribution: Vec<Quantile>,
}

impl Corrected {
    /// Mean, median, p90, p95, p99 and p99.9, in this order.
    pub(crate) fn response_times(&self) -> [f64; 6] {
        [
            self.avg_response_time,
            self.p50_response_time,
            self.p90_response_time,
            self.p95_response_time,
            self.p99_response_time,
            self.p999_response_time,
        ]
    }
}

/// What only a profile has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Profile {
    /// Requests made one after the other.
    pub iterations: u64,
    /// Median, in seconds.
    pub median_response_time: f64,
}
