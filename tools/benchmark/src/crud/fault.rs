//! What can be wrong with an answer.

use hyper::StatusCode;

/// Why an answer does not count as a success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The service says itself that it failed, or that it refuses.
    #[error("answered {0}")]
    Status(StatusCode),
    /// It is another answer than the one that what was written before calls for.
    #[error("{0}")]
    Mismatch(String),
}

impl Fault {
    /// Its name among the kinds of errors of a result.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Mismatch(_) => "mismatch",
        }
    }
}
