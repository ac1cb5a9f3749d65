//! The counts of one endpoint.

use std::collections::BTreeMap;

use hyper::StatusCode;

use crate::http::Kind;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Of the answer, where there was one.
    pub(crate) status: Option<StatusCode>,
    /// Where it was none that was wanted.
    pub(crate) failure: Option<Kind>,
}

impl Outcome {
    /// An answer that nobody looks into: 2xx and 3xx are good.
    pub(crate) fn of(status: StatusCode) -> Self {
        let good = status.is_success() || status.is_redirection();
        Self {
            status: Some(status),
            failure: (!good).then_some(Kind::Status),
        }
    }

    /// No answer.
    pub(crate) fn unanswered(kind: Kind) -> Self {
        Self {
            status: None,
            failure: Some(kind),
        }
    }

    /// Whether it took a time that says something of the server.
    pub(crate) fn is_timed(self) -> bool {
        self.status.is_some() || self.failure == Some(Kind::Timeout)
    }
}

/// Counts by outcome.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    total: u64,
    failed: u64,
    status_codes: BTreeMap<u16, u64>,
    errors: BTreeMap<Kind, u64>,
}

impl Tally {
    pub(crate) fn count(&mut self, outcome: Outcome) {
        self.total += 1;
        if let Some(status) = outcome.status {
            *self.status_codes.entry(status.as_u16()).or_default() += 1;
        }
        if let Some(kind) = outcome.failure {
            self.failed += 1;
            *self.errors.entry(kind).or_default() += 1;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }

    /// In percent.
    pub(crate) fn error_rate(&self) -> f64 {
        share(self.failed, self.total)
    }

    pub(crate) fn status_codes(&self) -> BTreeMap<String, u64> {
        let codes = self.status_codes.iter();
        codes
            .map(|(code, count)| (code.to_string(), *count))
            .collect()
    }

    pub(crate) fn errors(&self) -> BTreeMap<String, u64> {
        let kinds = self.errors.iter();
        kinds
            .map(|(kind, count)| (kind.name().to_owned(), *count))
            .collect()
    }
}

/// `part` of `whole` in percent; of nothing, nothing.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => 100.0 * part as f64 / whole as f64,
    }
}
