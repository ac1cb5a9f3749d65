//! What the cache tells of itself.

use std::time::Duration;

use prometheus::{Histogram, IntCounter, IntGauge};
use telemetry::{Metrics, MetricsError};

/// Upper bounds of the time of an operation, in seconds: as those of queries, up to twice the longest
/// that is waited for by default.
const BOUNDS: [f64; 8] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];

/// The task that publishes changes.
pub(super) const PUBLISH: &str = "cache_publish";

/// The task that keeps the local tier's lease.
pub(super) const HEARTBEAT: &str = "cache_heartbeat";

/// The metrics of one cache. A clone counts on.
#[derive(Clone)]
pub struct CacheMetrics {
    pub(super) tasks: Metrics,
    pub(super) local: TierMetrics,
    pub(super) shared: TierMetrics,
    pub(super) get: Histogram,
    pub(super) set: Histogram,
    pub(super) invalidate: Histogram,
    pub(super) invalidation_failures: IntCounter,
    pub(super) circuit_open: IntGauge,
    pub(super) entries: IntGauge,
    pub(super) coalesced: IntCounter,
}

/// How look-ups in one tier ended.
#[derive(Clone)]
pub(super) struct TierMetrics {
    pub(super) hit: IntCounter,
    pub(super) negative_hit: IntCounter,
    pub(super) miss: IntCounter,
    pub(super) error: IntCounter,
}

impl CacheMetrics {
    /// Registers the families; all series exist at zero from this call on.
    ///
    /// # Errors
    /// [`MetricsError`] when `metrics` has a cache already.
    pub fn register(metrics: &Metrics) -> Result<Self, MetricsError> {
        let registry = metrics.registry();
        let requests = registry.counters(
            "cache_requests_total",
            "Look-ups in a tier of the read cache, by how they ended.",
            &["tier", "result"],
        )?;
        let tier = |tier| TierMetrics {
            hit: requests.with(&[tier, "hit"]),
            negative_hit: requests.with(&[tier, "negative_hit"]),
            miss: requests.with(&[tier, "miss"]),
            error: requests.with(&[tier, "error"]),
        };
        let durations = registry.histograms(
            "cache_operation_duration_seconds",
            "Time of an operation on the shared tier of the read cache, in seconds.",
            &["operation"],
            &BOUNDS,
        )?;
        for task in [PUBLISH, HEARTBEAT] {
            metrics.declare_task(task);
        }
        Ok(Self {
            tasks: metrics.clone(),
            local: tier("local"),
            shared: tier("redis"),
            get: durations.with(&["get"]),
            set: durations.with(&["set"]),
            invalidate: durations.with(&["invalidate"]),
            invalidation_failures: registry.counter(
                "cache_invalidation_failures_total",
                "Attempts to publish a change to the shared tier that failed; they are repeated.",
            )?,
            circuit_open: registry.gauge(
                "cache_circuit_open",
                "1 while the shared tier is not asked, because it did not answer.",
            )?,
            entries: registry.gauge("cache_entries", "Entries in the local tier.")?,
            coalesced: registry.counter(
                "cache_coalesced_requests_total",
                "Reads that waited for another read of the same key instead of asking themselves.",
            )?,
        })
    }
}

impl TierMetrics {
    /// Counts a look-up that found something.
    pub(super) fn found(&self, present: bool) {
        if present {
            self.hit.inc();
        } else {
            self.negative_hit.inc();
        }
    }
}

/// Observes a time.
pub(super) fn observe(histogram: &Histogram, time: Duration) {
    histogram.observe(time.as_secs_f64());
}
