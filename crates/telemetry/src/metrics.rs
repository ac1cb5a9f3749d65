//! One registry per app, and the families every service has.

mod endpoint;
mod families;

use std::sync::Arc;

use poem::{Endpoint, Response};
use prometheus::{IntCounter, Registry};

use self::families::Families;
pub(crate) use self::families::HttpFamilies;

/// What can be chosen about the metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsSettings {
    /// Upper bounds of the request duration histogram, in seconds, rising.
    pub duration_buckets: Vec<f64>,
}

impl Default for MetricsSettings {
    /// Bounds from half a millisecond to ten seconds. 0.25 is there because the usual latency
    /// objective of 250 ms can be read off without interpolation only at a bound.
    fn default() -> Self {
        Self {
            duration_buckets: vec![
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.0,
                5.0, 10.0,
            ],
        }
    }
}

/// Why the metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The bucket bounds are empty, not rising, or not positive finite numbers.
    #[error("duration_buckets {0:?} must be positive numbers in rising order, at least one")]
    Buckets(Vec<f64>),
    /// A family could not be registered.
    #[error("cannot register a metric family: {0}")]
    Registry(#[from] prometheus::Error),
}

/// The metrics of one app. A clone is the same metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    families: Families,
}

impl Metrics {
    /// Registers the families in a registry of their own, never in the process's global one, so
    /// that several apps (tests, for one) live side by side.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Buckets`] when the bounds are no histogram.
    pub fn new(settings: &MetricsSettings) -> Result<Self, MetricsError> {
        check_buckets(&settings.duration_buckets)?;
        let registry = Registry::new();
        let families = Families::register(&registry, settings)?;
        Ok(Self {
            inner: Arc::new(Inner { registry, families }),
        })
    }

    /// The registry, to add a service's own families to.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The item counters of one kind of resource. They exist at zero from this call on.
    #[must_use]
    pub fn items(&self, resource: &'static str) -> Items {
        let families = &self.inner.families;
        Items {
            created: families.items_created_total.with_label_values(&[resource]),
            read: families.items_read_total.with_label_values(&[resource]),
            updated: families.items_updated_total.with_label_values(&[resource]),
            deleted: families.items_deleted_total.with_label_values(&[resource]),
        }
    }

    /// States what is running: `build_info{version,revision,rustc} 1`.
    pub fn build_info(&self, version: &str, revision: &str, rustc: &str) {
        self.inner
            .families
            .build_info
            .with_label_values(&[version, revision, rustc])
            .set(1);
    }

    /// The endpoint to mount at `/metrics`: answers GET in Prometheus' text format 0.0.4.
    pub fn endpoint(&self) -> impl Endpoint<Output = Response> + 'static {
        endpoint::scrape(self.registry().clone())
    }

    pub(crate) fn http(&self) -> &HttpFamilies {
        &self.inner.families.http
    }
}

/// How many items of one resource were created, read, updated and deleted. Move a counter only
/// after the commit, and by n for a batch of n.
#[derive(Debug, Clone)]
pub struct Items {
    /// `items_created_total`.
    pub created: IntCounter,
    /// `items_read_total`.
    pub read: IntCounter,
    /// `items_updated_total`.
    pub updated: IntCounter,
    /// `items_deleted_total`.
    pub deleted: IntCounter,
}

fn check_buckets(bounds: &[f64]) -> Result<(), MetricsError> {
    let positive = bounds.iter().all(|bound| bound.is_finite() && *bound > 0.0);
    let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
    if bounds.is_empty() || !positive || !rising {
        return Err(MetricsError::Buckets(bounds.to_vec()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_no_histogram_are_refused() {
        let table: [(&[f64], &str); 5] = [
            (&[], "none"),
            (&[1.0, 1.0], "not rising"),
            (&[2.0, 1.0], "falling"),
            (&[0.0, 1.0], "zero"),
            (&[1.0, f64::INFINITY], "infinite"),
        ];
        for (bounds, why) in table {
            let settings = MetricsSettings {
                duration_buckets: bounds.to_vec(),
            };

            assert!(Metrics::new(&settings).is_err(), "{why}");
        }
    }

    #[test]
    fn two_apps_share_nothing() {
        let one = Metrics::new(&MetricsSettings::default()).unwrap();
        let other = Metrics::new(&MetricsSettings::default()).unwrap();

        one.items("things").created.inc_by(3);

        assert_eq!(one.items("things").created.get(), 3);
        assert_eq!(other.items("things").created.get(), 0);
    }
}
