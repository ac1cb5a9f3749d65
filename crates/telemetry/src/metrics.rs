//! One registry per app, and what every service says of itself.

mod endpoint;
mod family;
mod readings;
mod registry;

use std::sync::Arc;

use poem::{Endpoint, Response};

pub(crate) use self::readings::Reading;
pub use self::{family::Family, registry::Registry};
use crate::{
    Items, TelemetryGuard, http::HttpFamilies, items::ItemFamilies, log, statements::Statements,
    tasks::Tasks,
};

/// What can be chosen about the metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricsSettings {
    /// Upper bounds of the histograms of request durations, in seconds, rising.
    pub duration_buckets: Vec<f64>,
    /// Upper bounds of the histograms of body sizes, in bytes, rising.
    pub size_buckets: Vec<f64>,
    /// Upper bounds of the histograms of database times, in seconds, rising.
    pub query_buckets: Vec<f64>,
    /// The most label sets there may be in all, a histogram's counted once. New ones beyond it
    /// are dropped and counted.
    pub max_series: usize,
}

impl Default for MetricsSettings {
    /// Durations from half a millisecond to ten seconds. 0.25 is there because the usual latency
    /// objective of 250 ms can be read off without interpolation only at a bound.
    fn default() -> Self {
        Self {
            duration_buckets: vec![
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.0,
                5.0, 10.0,
            ],
            size_buckets: vec![100.0, 500.0, 1e3, 5e3, 1e4, 1e5, 1e6, 1e7],
            query_buckets: vec![
                0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
            ],
            max_series: 2000,
        }
    }
}

/// Why the metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The bucket bounds are empty, not rising, or not positive finite numbers.
    #[error("{name} {bounds:?} must be positive numbers in rising order, at least one")]
    Buckets {
        /// Which of the settings.
        name: &'static str,
        /// The bounds as they were given.
        bounds: Vec<f64>,
    },
    /// A family could not be registered.
    #[error("cannot register a metric family: {0}")]
    Registry(#[from] prometheus::Error),
    /// The thread that samples the resources could not be started.
    #[error("cannot start the thread that samples resources: {0}")]
    Sampler(#[source] std::io::Error),
}

/// The metrics of one app. A clone is the same metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    http: HttpFamilies,
    items: ItemFamilies,
    tasks: Tasks,
    statements: Arc<Statements>,
    #[cfg(feature = "sea-orm")]
    query_buckets: Vec<f64>,
    build_info: Family<prometheus::IntGauge>,
}

impl Metrics {
    /// Registers the families in a registry of their own, so that several apps (tests, for one)
    /// live side by side.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Buckets`] when bounds are no histogram.
    pub fn new(settings: &MetricsSettings) -> Result<Self, MetricsError> {
        check_buckets("duration_buckets", &settings.duration_buckets)?;
        check_buckets("size_buckets", &settings.size_buckets)?;
        check_buckets("query_buckets", &settings.query_buckets)?;
        let registry = Registry::new(settings.max_series)?;
        let build_info = registry.gauges(
            "build_info",
            "What is running; the value is always 1.",
            &["version", "revision", "rustc"],
        )?;
        Ok(Self {
            inner: Arc::new(Inner {
                http: HttpFamilies::register(&registry, settings)?,
                items: ItemFamilies::register(&registry)?,
                tasks: Tasks::register(&registry, &settings.duration_buckets)?,
                statements: Arc::new(Statements::register(&registry, &settings.query_buckets)?),
                #[cfg(feature = "sea-orm")]
                query_buckets: settings.query_buckets.clone(),
                build_info,
                registry,
            }),
        })
    }

    /// The registry, to add a service's own families to.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// The item counters of one kind of resource. They exist at zero from this call on.
    #[must_use]
    pub fn items(&self, resource: &str) -> Items {
        self.inner.items.of(resource)
    }

    /// States what is running: `build_info{version,revision,rustc} 1`.
    pub fn build_info(&self, version: &str, revision: &str, rustc: &str) {
        self.inner
            .build_info
            .with(&[version, revision, rustc])
            .set(1);
    }

    /// Shows the counters of the log: `log_messages_total`, `log_messages_dropped_total` and
    /// `panics_total`. They are the process's, so that a second app shows the same.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Registry`] when these metrics show a log already.
    pub fn log(&self, guard: &TelemetryGuard) -> Result<(), MetricsError> {
        log::register_counts(self.registry(), guard.sink())
    }

    /// The endpoint to mount at `/metrics`: answers GET in Prometheus' text format 0.0.4.
    pub fn endpoint(&self) -> impl Endpoint<Output = Response> + 'static {
        endpoint::scrape(self.registry().clone())
    }

    /// Upper bounds of the histograms of database times, in seconds.
    #[cfg(feature = "sea-orm")]
    pub(crate) fn query_buckets(&self) -> &[f64] {
        &self.inner.query_buckets
    }

    pub(crate) fn statements(&self) -> Arc<Statements> {
        Arc::clone(&self.inner.statements)
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.inner.tasks
    }

    pub(crate) fn http(&self) -> &HttpFamilies {
        &self.inner.http
    }
}

fn check_buckets(name: &'static str, bounds: &[f64]) -> Result<(), MetricsError> {
    let positive = bounds.iter().all(|bound| bound.is_finite() && *bound > 0.0);
    let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
    if bounds.is_empty() || !positive || !rising {
        let bounds = bounds.to_vec();
        return Err(MetricsError::Buckets { name, bounds });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_no_histogram_are_refused_by_name() {
        let table: [(&[f64], &str); 5] = [
            (&[], "none"),
            (&[1.0, 1.0], "not rising"),
            (&[2.0, 1.0], "falling"),
            (&[0.0, 1.0], "zero"),
            (&[1.0, f64::INFINITY], "infinite"),
        ];
        for (bounds, why) in table {
            let settings = MetricsSettings {
                size_buckets: bounds.to_vec(),
                ..MetricsSettings::default()
            };

            let error = Metrics::new(&settings).map(drop).expect_err(why);

            assert!(error.to_string().starts_with("size_buckets"), "{error}");
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

    #[test]
    fn label_sets_past_the_limit_are_dropped_and_counted() {
        let fixed = label_sets(&Metrics::new(&MetricsSettings::default()).unwrap());
        let settings = MetricsSettings {
            max_series: fixed + 2,
            ..MetricsSettings::default()
        };
        let metrics = Metrics::new(&settings).unwrap();
        let family = metrics
            .registry()
            .counters("visits_total", "Visits.", &["guest"])
            .unwrap();

        for guest in ["ada", "bob", "eve", "mallory", "ada", "eve"] {
            family.with(&[guest]).inc();
        }

        assert_eq!(label_sets(&metrics), fixed + 2);
        assert_eq!(family.with(&["ada"]).get(), 2);
        let gathered = metrics.registry().gather();
        let dropped = gathered
            .iter()
            .find(|family| family.name() == "telemetry_series_dropped_total")
            .unwrap();
        assert_eq!(dropped.get_metric()[0].get_counter().get_value(), 2.0);
    }

    fn label_sets(metrics: &Metrics) -> usize {
        let families = metrics.registry().gather();
        families
            .iter()
            .map(|family| family.get_metric().len())
            .sum()
    }
}
