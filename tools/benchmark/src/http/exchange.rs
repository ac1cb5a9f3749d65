//! How a request can fail without an answer.

use std::error::Error;

use super::connector::ConnectError;

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {cause}", kind.name())]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    /// The first cause, in the words of who reported it.
    pub(crate) cause: String,
    /// Whether there never was a connection, so that the server knows nothing of the request.
    pub(crate) unconnected: bool,
}

/// What kind of failure; an answer can be one, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// There was no connection, or it broke.
    Connection,
    /// There was no answer in time.
    Timeout,
    /// The answer was no HTTP.
    Protocol,
    /// It was under way when the run was aborted, and nobody waited for its answer.
    Aborted,
    /// 4xx or 5xx.
    Status,
    /// Another answer than it should have been.
    Mismatch,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Aborted => "aborted",
            Self::Status => "status",
            Self::Mismatch => "mismatch",
        }
    }
}

impl Failure {
    pub(super) fn timeout() -> Self {
        Self {
            kind: Kind::Timeout,
            cause: "no answer in time".to_owned(),
            unconnected: false,
        }
    }
}

impl From<hyper::Error> for Failure {
    fn from(error: hyper::Error) -> Self {
        let kind = if error.is_parse() {
            Kind::Protocol
        } else {
            Kind::Connection
        };
        Self {
            kind,
            cause: root(&error),
            unconnected: false,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self {
            kind: Kind::Connection,
            cause: error.to_string(),
            unconnected: true,
        }
    }
}

fn root(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
