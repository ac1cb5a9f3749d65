//! The families that the middleware writes.

use prometheus::{Histogram, IntCounter, IntGauge};

use crate::{Family, MetricsError, MetricsSettings, Registry};

#[derive(Debug, Clone)]
pub(crate) struct HttpFamilies {
    pub(super) requests: Family<IntCounter>,
    pub(super) duration: Family<Histogram>,
    pub(super) in_progress: IntGauge,
}

impl HttpFamilies {
    pub(crate) fn register(
        registry: &Registry,
        settings: &MetricsSettings,
    ) -> Result<Self, MetricsError> {
        let labels = ["method", "endpoint", "status_code"];
        Ok(Self {
            requests: registry.counters(
                "http_requests_total",
                "HTTP requests finished, by method, route template and status code; \
                 499 means that the client left before the answer.",
                &labels,
            )?,
            duration: registry.histograms(
                "http_request_duration_seconds",
                "Time from the request's head to the head of its answer, in seconds.",
                &labels,
                &settings.duration_buckets,
            )?,
            in_progress: registry.gauge(
                "inprogress_requests",
                "HTTP requests being worked on, management routes not counted.",
            )?,
        })
    }
}
