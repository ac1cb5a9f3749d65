//! Every metric family of the crate, by its exported name. The help text beside a name is its
//! documentation.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use super::MetricsSettings;

#[derive(Debug)]
pub(super) struct Families {
    pub(super) http: HttpFamilies,
    pub(super) items_created_total: IntCounterVec,
    pub(super) items_read_total: IntCounterVec,
    pub(super) items_updated_total: IntCounterVec,
    pub(super) items_deleted_total: IntCounterVec,
    pub(super) build_info: IntGaugeVec,
}

/// The families that the HTTP middleware writes.
#[derive(Debug, Clone)]
pub(crate) struct HttpFamilies {
    pub(crate) http_requests_total: IntCounterVec,
    pub(crate) http_request_duration_seconds: HistogramVec,
    pub(crate) inprogress_requests: IntGauge,
}

impl Families {
    pub(super) fn register(
        registry: &Registry,
        settings: &MetricsSettings,
    ) -> prometheus::Result<Self> {
        let items = |name, help| counter(registry, name, help, &["resource"]);
        Ok(Self {
            http: HttpFamilies::register(registry, settings)?,
            items_created_total: items("items_created_total", "Items created and committed.")?,
            items_read_total: items("items_read_total", "Items handed out to clients.")?,
            items_updated_total: items("items_updated_total", "Items changed and committed.")?,
            items_deleted_total: items("items_deleted_total", "Items deleted and committed.")?,
            build_info: build_info(registry)?,
        })
    }
}

impl HttpFamilies {
    fn register(registry: &Registry, settings: &MetricsSettings) -> prometheus::Result<Self> {
        let labels = ["method", "endpoint", "status_code"];
        Ok(Self {
            http_requests_total: counter(
                registry,
                "http_requests_total",
                "HTTP requests finished, by method, route template and status code; \
                 499 means that the client left before the answer.",
                &labels,
            )?,
            http_request_duration_seconds: histogram(
                registry,
                "http_request_duration_seconds",
                "Time from the request's head to the head of its answer, in seconds.",
                &labels,
                &settings.duration_buckets,
            )?,
            inprogress_requests: gauge(
                registry,
                "inprogress_requests",
                "HTTP requests being worked on, management routes not counted.",
            )?,
        })
    }
}

fn build_info(registry: &Registry) -> prometheus::Result<IntGaugeVec> {
    let opts = Opts::new("build_info", "What is running; the value is always 1.");
    let family = IntGaugeVec::new(opts, &["version", "revision", "rustc"])?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}

fn counter(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntCounterVec> {
    let family = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> prometheus::Result<IntGauge> {
    let family = IntGauge::with_opts(Opts::new(name, help))?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}

fn histogram(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
    bounds: &[f64],
) -> prometheus::Result<HistogramVec> {
    let opts = HistogramOpts::new(name, help).buckets(bounds.to_vec());
    let family = HistogramVec::new(opts, labels)?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}
