//! Where metric families are made.

use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts,
    core::{Collector, MetricVec, MetricVecBuilder},
    proto::MetricFamily,
};

use super::{
    MetricsError,
    family::{Budget, Family},
    readings::{Reading, Readings},
};

/// The metric families of one app: those of the crate, and a service's own.
///
/// Every family is registered as it is made. `name` follows Prometheus' rules: base units
/// (`_seconds`, `_bytes`), `_total` for counters (<https://prometheus.io/docs/practices/naming/>);
/// `help` is a sentence. Each constructor fails with [`MetricsError::Registry`] when the name is
/// malformed or taken.
#[derive(Debug, Clone)]
pub struct Registry {
    families: prometheus::Registry,
    budget: Budget,
}

impl Registry {
    /// A registry of its own, never the process's global one, with room for `max_series` label
    /// sets.
    pub(super) fn new(max_series: usize) -> Result<Self, MetricsError> {
        let dropped = IntCounter::new(
            "telemetry_series_dropped_total",
            "Label sets that were dropped because there were metrics.max_series of them.",
        )?;
        let registry = Self {
            families: prometheus::Registry::new(),
            budget: Budget::new(max_series, dropped.clone()),
        };
        registry.collector(dropped, 1)?;
        Ok(registry)
    }

    /// A counter without labels.
    pub fn counter(&self, name: &str, help: &str) -> Result<IntCounter, MetricsError> {
        let counter = IntCounter::new(name, help)?;
        self.single(counter)
    }

    /// Counters by `labels`.
    pub fn counters(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<Family<IntCounter>, MetricsError> {
        let family = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.labelled(family, IntCounter::new(name, help)?)
    }

    /// A gauge without labels, of whole numbers.
    pub fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, MetricsError> {
        let gauge = IntGauge::new(name, help)?;
        self.single(gauge)
    }

    /// Gauges by `labels`, of whole numbers.
    pub fn gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<Family<IntGauge>, MetricsError> {
        let family = IntGaugeVec::new(Opts::new(name, help), labels)?;
        self.labelled(family, IntGauge::new(name, help)?)
    }

    /// A gauge without labels, of any numbers.
    pub fn float_gauge(&self, name: &str, help: &str) -> Result<Gauge, MetricsError> {
        let gauge = Gauge::new(name, help)?;
        self.single(gauge)
    }

    /// Gauges by `labels`, of any numbers.
    pub fn float_gauges(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
    ) -> Result<Family<Gauge>, MetricsError> {
        let family = GaugeVec::new(Opts::new(name, help), labels)?;
        self.labelled(family, Gauge::new(name, help)?)
    }

    /// A histogram without labels; `bounds` are the upper bounds of its buckets, rising.
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        bounds: &[f64],
    ) -> Result<Histogram, MetricsError> {
        let opts = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        let histogram = Histogram::with_opts(opts)?;
        self.single(histogram)
    }

    /// Histograms by `labels`; `bounds` are the upper bounds of their buckets, rising.
    pub fn histograms(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        bounds: &[f64],
    ) -> Result<Family<Histogram>, MetricsError> {
        let opts = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        let family = HistogramVec::new(opts.clone(), labels)?;
        self.labelled(family, Histogram::with_opts(opts)?)
    }

    /// Anything else that can be scraped. `label_sets` says how many it has at most, histograms
    /// counted once. It is asked at every scrape, on a thread that may block for a moment.
    pub fn collector(
        &self,
        collector: impl Collector + 'static,
        label_sets: usize,
    ) -> Result<(), MetricsError> {
        self.families.register(Box::new(collector))?;
        self.budget.spend(label_sets);
        Ok(())
    }

    /// The metrics of `table`, with `read` called once for each scrape.
    pub(crate) fn readings<S>(
        &self,
        table: &'static [Reading<S>],
        read: impl Fn() -> S + Send + Sync + 'static,
    ) -> Result<(), MetricsError> {
        self.collector(Readings::new(table, read)?, table.len())
    }

    fn single<M: Collector + Clone + 'static>(&self, metric: M) -> Result<M, MetricsError> {
        self.collector(metric.clone(), 1)?;
        Ok(metric)
    }

    fn labelled<B>(&self, series: MetricVec<B>, unseen: B::M) -> Result<Family<B::M>, MetricsError>
    where
        B: MetricVecBuilder + 'static,
    {
        self.collector(series.clone(), 0)?;
        let resolve = move |values: &[&str]| series.with_label_values(values);
        Ok(Family::new(resolve, unseen, self.budget.clone()))
    }

    /// Everything as it is now.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.families.gather()
    }
}
