//! What a comparison says, as it is written to a file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How two sides compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What the intervals are made from.
    pub basis: Basis,
    /// The runs of the old side, in the order of the rounds.
    pub old: Vec<Run>,
    /// Those of the new side.
    pub new: Vec<Run>,
    /// What was asked for differently.
    pub differing_settings: Vec<Setting>,
    /// What limits the comparison, a sentence each.
    pub notes: Vec<String>,
    /// One entry for each endpoint and number of users that both sides have.
    pub endpoints: Vec<EndpointComparison>,
}

/// What the intervals are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The steady seconds of one run of each side.
    Seconds,
    /// The ratios that several pairs of runs show.
    Rounds,
}

/// A run that was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// When it began: UTC, RFC 3339.
    pub timestamp: String,
    /// Where its requests went.
    pub base_url: String,
    /// Whether it was ended by hand.
    pub interrupted: bool,
}

/// Something that was asked for differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// Its name in `config`.
    pub name: String,
    /// Its value on the old side, as JSON.
    pub old: String,
    /// Its value on the new side, as JSON.
    pub new: String,
}

/// How one endpoint compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointComparison {
    /// Its path.
    pub endpoint: String,
    /// Its method.
    pub method: String,
    /// Users on the old side.
    pub old_users: u32,
    /// Users on the new side.
    pub new_users: u32,
    /// Steady seconds of the old side; of all rounds together.
    pub old_intervals: usize,
    /// Steady seconds of the new side.
    pub new_intervals: usize,
    /// Pairs of runs that have it.
    pub rounds: usize,
    /// What was measured.
    pub measures: Vec<MeasureComparison>,
}

/// How one measure of an endpoint compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureComparison {
    /// What was measured.
    pub measure: Measure,
    /// The old side's value, in the unit of the results; of rounds the geometric mean, of error
    /// rates the mean. None where nothing was answered, as are those below.
    pub old: Option<f64>,
    /// The new side's value.
    pub new: Option<f64>,
    /// New by old; none of error rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// New less old in percentage points; only of error rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// Where the true ratio, or difference, lies; none where there is too little to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Bounds>,
    /// What follows from the interval.
    pub verdict: Verdict,
    /// The same in words.
    pub statement: String,
}

/// A confidence interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Its lower end.
    pub lower: f64,
    /// Its upper end.
    pub upper: f64,
}

/// What is compared; named as in the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Measure {
    /// Requests that ended, failed ones too, per second.
    #[serde(rename = "requests_per_second")]
    Throughput,
    /// Mean response time, in seconds.
    #[serde(rename = "avg_response_time")]
    Mean,
    /// Median of the response times, in seconds.
    #[serde(rename = "p50_response_time")]
    P50,
    /// Their 95th percentile.
    #[serde(rename = "p95_response_time")]
    P95,
    /// Their 99th percentile.
    #[serde(rename = "p99_response_time")]
    P99,
    /// Share of failed requests, in percent.
    #[serde(rename = "error_rate")]
    ErrorRate,
}

impl Measure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Throughput,
        Self::Mean,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::ErrorRate,
    ];
}

/// What an interval allows to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More requests a second, or shorter response times.
    Faster,
    /// Fewer requests a second, or longer response times.
    Slower,
    /// A higher error rate.
    MoreErrors,
    /// A lower error rate.
    FewerErrors,
    /// The interval has room for none: the sides may be equal, and differ by no more than it says.
    NoDifferenceShown,
    /// There are too few seconds or rounds for an interval.
    TooFew,
}
