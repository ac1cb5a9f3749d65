//! The series of one (method, endpoint) pair, resolved once and found again without a lock.

use std::{sync::OnceLock, time::Duration};

use prometheus::{Histogram, IntCounter};

use super::HttpFamilies;

/// A list that only grows at its end: a reader follows set cells. A pair sees a handful of
/// statuses, so that the walk is shorter than any hash.
#[derive(Default)]
pub(super) struct ByStatus {
    first: OnceLock<Box<Series>>,
}

/// The counter and the histogram of one status.
pub(super) struct Series {
    status: u16,
    requests: IntCounter,
    duration: Histogram,
    next: OnceLock<Box<Series>>,
}

impl ByStatus {
    /// The series of `status`; `resolve` makes it when it is met for the first time.
    pub(super) fn find(&self, status: u16, resolve: impl Fn() -> Series) -> &Series {
        let mut cell = &self.first;
        loop {
            let series = cell.get_or_init(|| Box::new(resolve()));
            if series.status == status {
                return series;
            }
            cell = &series.next;
        }
    }
}

impl Series {
    /// Resolves the handles of one label set, which puts the series into the next scrape.
    pub(super) fn resolve(
        families: &HttpFamilies,
        method: &str,
        endpoint: &str,
        status: u16,
    ) -> Self {
        let code = status.to_string();
        let labels = [method, endpoint, &code];
        Self {
            status,
            requests: families.requests.with(&labels),
            duration: families.duration.with(&labels),
            next: OnceLock::new(),
        }
    }

    pub(super) fn observe(&self, elapsed: Duration) {
        self.requests.inc();
        self.duration.observe(elapsed.as_secs_f64());
    }
}

/// The two histograms of body sizes.
pub(super) struct Sizes {
    request: Histogram,
    response: Histogram,
}

impl Sizes {
    /// Resolves the handles of one label set, which puts the series into the next scrape.
    pub(super) fn resolve(families: &HttpFamilies, method: &str, endpoint: &str) -> Self {
        let labels = [method, endpoint];
        Self {
            request: families.request_size.with(&labels),
            response: families.response_size.with(&labels),
        }
    }

    pub(super) fn observe(&self, received: u64, sent: u64) {
        self.request.observe(received as f64);
        self.response.observe(sent as f64);
    }
}
