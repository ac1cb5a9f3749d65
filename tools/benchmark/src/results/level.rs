//! Several numbers of users, one after the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All endpoints together, with one number of users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// Users.
    pub users: u32,
    /// Requests sent.
    pub total_requests: u64,
    /// Failed ones among them.
    pub failed_requests: u64,
    /// Requests whose turn never came, in the open model, since all users waited for answers; they
    /// are not among the total.
    pub unsent_requests: u64,
    /// Requests a second.
    pub requests_per_second: f64,
    /// Share of failed requests, in percent.
    pub error_rate: f64,
    /// Median, in seconds.
    pub p50_response_time: f64,
    /// 95th percentile, in seconds.
    pub p95_response_time: f64,
    /// 99th percentile, in seconds.
    pub p99_response_time: f64,
    /// From the beginning to the last answer or to the end of the time for requests, whichever was
    /// later, in seconds.
    pub total_duration: f64,
}

impl Level {
    /// From few users to many, in whatever order they were run.
    pub(crate) fn by_users(levels: &[Self]) -> Vec<&Self> {
        let mut levels: Vec<&Self> = levels.iter().collect();
        levels.sort_by_key(|level| level.users);
        levels
    }
}

/// Where more users no longer mean more answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Saturation {
    /// The level at which it showed.
    pub users: u32,
    /// Why: throughput stopped growing, or errors began. One sentence.
    pub reason: String,
}
