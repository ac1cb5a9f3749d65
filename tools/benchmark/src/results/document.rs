//! The whole file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndpointResult, Level, Saturation};
use crate::server_view::ServerView;

/// The results of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Results {
    /// When the run began: UTC, RFC 3339.
    pub timestamp: String,
    /// What was asked for.
    pub config: Configuration,
    /// One entry for each endpoint, and for each level of users where there are several.
    pub results: Vec<EndpointResult>,
    /// All endpoints of a level together.
    pub levels: Vec<Level>,
    /// Where it stopped growing, if several levels were run and it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saturation: Option<Saturation>,
    /// What the server measured in the same time, where its metrics were asked for.
    pub server: ServerView,
    /// What became of the objects that a CRUD run left behind, if they were to be deleted. These
    /// requests are not among the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Cleanup>,
    /// Whether it was ended by Ctrl-C or SIGTERM, so that what is here is less than what was asked for.
    pub interrupted: bool,
}

/// What became of the objects that a CRUD run left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cleanup {
    /// Deleted now, or gone before.
    pub deleted: u64,
    /// Still there, as far as is known.
    pub failed: u64,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Configuration {
    /// `load-test`, `profile` or `crud`.
    pub command: String,
    /// Where the requests went.
    pub base_url: String,
    /// The paths, in the order in which they were given.
    pub endpoints: Vec<String>,
    /// How often each was asked, in proportion to the others.
    pub weights: Vec<f64>,
    /// The method of every request.
    pub method: String,
    /// Headers of every request; the values of those that may hold credentials are left out.
    pub headers: BTreeMap<String, String>,
    /// Length of the payload of every request, in bytes.
    pub payload_bytes: usize,
    /// How requests followed each other.
    pub model: Model,
    /// The levels of users, one after the other. A user is a connection.
    pub users: Vec<u32>,
    /// Requests a second that were intended, in the open model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How long each level took requests, ramp-up included.
    pub duration: f64,
    /// How long it took until all users, or the whole rate, were there.
    pub ramp_up: f64,
    /// How long an answer could take.
    pub timeout: f64,
    /// Requests to each endpoint, of a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u64>,
    /// The conditions on the results, as they were given.
    pub thresholds: Vec<String>,
}

/// How requests follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// A user sends when it has its last answer: a server that stalls is asked less.
    Closed,
    /// Requests are sent by the clock, whatever became of those before.
    Open,
}
