//! The course of a run, and the shape of its response times.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened within one second; by the time of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// When it began, in seconds since the level began.
    pub start: f64,
    /// How long it was, in seconds; the last one is shorter.
    pub length: f64,
    /// Requests that ended in it.
    pub requests: u64,
    /// Failed ones among them.
    pub failed: u64,
    /// Mean response time, in seconds; 0 where nothing was answered, as are those below.
    pub avg_response_time: f64,
    /// Median.
    pub p50_response_time: f64,
    /// 95th percentile.
    pub p95_response_time: f64,
    /// 99th percentile.
    pub p99_response_time: f64,
    /// Longest.
    pub max_response_time: f64,
}

/// A point of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantile {
    /// Percent of the requests that took no longer.
    pub percentile: f64,
    /// Response time, in seconds.
    pub response_time: f64,
}
