//! The families that the middleware writes.

use prometheus::{Histogram, IntCounter, IntGauge};

use crate::{Family, MetricsError, MetricsSettings, Registry};

#[derive(Debug, Clone)]
pub(crate) struct HttpFamilies {
    pub(super) requests: Family<IntCounter>,
    pub(super) duration: Family<Histogram>,
    pub(super) in_progress: IntGauge,
    /// Without labels: it is there once somebody says that there is a limit.
    pub(super) max_in_flight: Family<IntGauge>,
    pub(super) request_size: Family<Histogram>,
    pub(super) response_size: Family<Histogram>,
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
            max_in_flight: registry.gauges(
                "http_max_inflight_requests",
                "The most HTTP requests that may be in progress; more are refused.",
                &[],
            )?,
            request_size: registry.histograms(
                "http_request_size_bytes",
                "Bytes read of the bodies of HTTP requests.",
                &["method", "endpoint"],
                &settings.size_buckets,
            )?,
            response_size: registry.histograms(
                "http_response_size_bytes",
                "Bytes sent of the bodies of HTTP responses.",
                &["method", "endpoint"],
                &settings.size_buckets,
            )?,
        })
    }
}
