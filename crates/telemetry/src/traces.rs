//! Traces: spans of requests, statements and cache operations, and of whatever a service
//! instruments with `tracing`, sent to an OpenTelemetry collector over OTLP/gRPC.

mod client;
mod connection;
mod current;
mod endpoint;
mod exporter;
mod extent;
mod gate;
mod inbound;
mod queue;
mod redaction;
mod report;
mod request;
mod resource;
mod sampler;

use std::{
    fmt::{self, Debug, Formatter},
    io,
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanLimits};
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

#[cfg(feature = "sea-orm")]
pub(crate) use self::client::ClientSpan;
use self::endpoint::Endpoint;
pub use self::{
    client::trace_cache,
    current::{propagate, traceparent},
    endpoint::check_endpoint,
};
pub(crate) use self::{
    current::{ids, traceparent_of},
    exporter::Exporter,
    gate::Gate,
    inbound::{Inbound, TRACEPARENT},
    request::RequestSpan,
};

/// Where traces go, and how many.
#[derive(Clone, PartialEq)]
pub struct TraceSettings {
    /// `http://HOST:PORT` or `https://HOST:PORT` of an OTLP/gRPC collector; a user and a password
    /// before the host are sent as HTTP basic authentication. `None` switches traces off.
    pub otlp_endpoint: Option<String>,
    /// The share of the traces begun here that is exported, 0 to 1. A trace that was begun
    /// elsewhere is exported if, and only if, it was sampled there.
    pub sample_ratio: f64,
    /// `service.name` in the traces.
    pub service_name: String,
    /// `service.version` in the traces; empty is unknown.
    pub service_version: String,
}

impl Default for TraceSettings {
    /// Off.
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            sample_ratio: 1.0,
            service_name: "unknown_service".to_owned(),
            service_version: String::new(),
        }
    }
}

impl Debug for TraceSettings {
    /// Without the endpoint, which may hold a password.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("TraceSettings")
            .field("sample_ratio", &self.sample_ratio)
            .field("service_name", &self.service_name)
            .field("service_version", &self.service_version)
            .finish_non_exhaustive()
    }
}

/// Why traces could not be set up. No text quotes the endpoint, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The endpoint is none that OTLP/gRPC can be spoken with.
    #[error("the OTLP endpoint {0}; write http://HOST:4317 or https://HOST:4317")]
    Endpoint(&'static str),
    /// The ratio is no share.
    #[error("trace sample ratio {0} is not between 0 and 1")]
    Ratio(f64),
    /// An `OTEL_*` variable cannot be used.
    #[error("{variable}: {reason}")]
    Variable {
        /// The variable's name.
        variable: &'static str,
        /// What is wrong with its value, which is not quoted.
        reason: String,
    },
    /// The endpoint's TLS could not be set up.
    #[error("TLS of the OTLP endpoint: {0}")]
    Tls(String),
    /// The thread that exports could not be started.
    #[error("cannot start the trace exporter: {0}")]
    Thread(#[from] io::Error),
}

/// Starts the exporter, if there is an endpoint, and gives the tracer that feeds it.
pub(crate) fn start(settings: &TraceSettings) -> Result<Option<(SdkTracer, Exporter)>, TraceError> {
    let ratio = settings.sample_ratio;
    if !(0.0..=1.0).contains(&ratio) {
        return Err(TraceError::Ratio(ratio));
    }
    let Some(url) = &settings.otlp_endpoint else {
        return Ok(None);
    };
    let resource = resource::describe(settings);
    let exporter = Exporter::start(Endpoint::parse(url)?, &resource)?;
    let provider = SdkTracerProvider::builder()
        .with_sampler(sampler::parent_or(ratio))
        // Said, so that OTEL_SPAN_*_LIMIT are not read.
        .with_span_limits(SpanLimits::default())
        .with_resource(resource)
        .with_span_processor(exporter.processor())
        .build();
    Ok(Some((provider.tracer("telemetry"), exporter)))
}

/// The layer that turns spans of `tracing` into spans of `tracer`.
///
/// Events are left out: they are log lines, and the log has them. Facts of the code that every
/// span of one kind shares are left out as well: they would cost more than the rest of the span.
pub(crate) fn layer<S>(tracer: SdkTracer) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(gate::is_exported))
}
