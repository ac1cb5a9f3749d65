//! How much one request, and all of them together, may take.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::lifecycle::Lifecycle;

/// The limits that a guard enforces on the requests that pass it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a request body, decoded from chunks; a larger one is answered with 413.
    pub max_request_size: u64,
    /// Requests being handled at the same time; one more is answered with 503 and `Retry-After`.
    pub max_in_flight: Option<usize>,
    /// From the request's head to the response's head; past it the handler is dropped and the
    /// request answered with 504.
    pub request_timeout: Option<Duration>,
    /// Ends responses of unknown length (streams) once it is cancelled.
    pub streams_end: Option<CancellationToken>,
    /// Answers the requests that are being handled with 503 once it is cancelled.
    pub cut: Option<CancellationToken>,
}

impl Limits {
    /// For the API: everything is limited, streams end when they end.
    pub fn new(max_request_size: u64, max_in_flight: usize, request_timeout: Duration) -> Limits {
        Limits {
            max_request_size,
            max_in_flight: Some(max_in_flight),
            request_timeout: Some(request_timeout),
            streams_end: None,
            cut: None,
        }
    }

    /// For management routes: neither timeout nor a share in the requests in flight, and streams
    /// end when draining begins, so that a dashboard left open does not hold up a shutdown.
    pub fn management(max_request_size: u64, draining: CancellationToken) -> Limits {
        Limits {
            max_request_size,
            max_in_flight: None,
            request_timeout: None,
            streams_end: Some(draining),
            cut: None,
        }
    }

    /// Has requests answered that are not finished when the service cannot wait any longer. Without
    /// this their connections are cut without a word.
    #[must_use]
    pub fn cut_by(mut self, lifecycle: &Lifecycle) -> Limits {
        self.cut = Some(lifecycle.cutting());
        self
    }
}
