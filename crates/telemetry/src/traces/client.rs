//! Spans of what this service asks of others: statements and cache operations, by OpenTelemetry's
//! semantic conventions for database clients (1.33, stable).

use std::{any::type_name, future::Future};

use opentelemetry::{
    Context, KeyValue,
    trace::{Status, TraceContextExt},
};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::current::with_span;

/// Follows a cache operation with a span of its own, `GET`, as a child of the current one.
/// `system` is the product's name by the conventions, `redis`.
///
/// An `Err` makes the span an error of that type; a dropped future ends it. The operation's
/// arguments are not recorded: a key may hold anything.
pub async fn trace_cache<T, E>(
    system: &'static str,
    operation: &'static str,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let span = ClientSpan::begin();
    span.describe(|| {
        let attributes = vec![
            KeyValue::new("db.system.name", system),
            KeyValue::new("db.operation.name", operation),
        ];
        (operation.to_owned(), attributes)
    });
    let outcome = future.instrument(span.tracing()).await;
    if outcome.is_err() {
        span.fail(type_name::<E>());
    }
    outcome
}

/// A span of something asked of another service; ends when it is dropped. There is none where
/// nothing is traced, or where the trace is not exported.
#[derive(Debug)]
pub(crate) struct ClientSpan {
    span: Span,
    /// The same for OpenTelemetry, when it is exported.
    context: Option<Context>,
}

impl ClientSpan {
    /// Begins a child of the current span.
    pub(crate) fn begin() -> Self {
        let unsampled = with_span(|parent| !parent.is_sampled()).unwrap_or(false);
        let span = if unsampled {
            Span::none()
        } else {
            tracing::info_span!("call", otel.kind = "client")
        };
        let context = (!span.is_disabled()).then(|| span.context());
        Self {
            context: context.filter(|context| context.span().is_recording()),
            span,
        }
    }

    /// For work to be done within.
    pub(crate) fn tracing(&self) -> Span {
        self.span.clone()
    }

    /// Gives the span its name and attributes, if it is exported.
    pub(crate) fn describe(&self, what: impl FnOnce() -> (String, Vec<KeyValue>)) {
        if let Some(context) = &self.context {
            let (name, attributes) = what();
            let span = context.span();
            span.update_name(name);
            span.set_attributes(attributes);
        }
    }

    /// Adds an attribute.
    #[cfg(feature = "sea-orm")]
    pub(crate) fn add(&self, key: &'static str, value: String) {
        if let Some(context) = &self.context {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    /// Marks a moment within the span.
    #[cfg(feature = "sea-orm")]
    pub(crate) fn mark(&self, event: &'static str) {
        if let Some(context) = &self.context {
            context.span().add_event(event, Vec::new());
        }
    }

    /// Makes the span an error of this kind. No text of it is recorded: it may hold values.
    pub(crate) fn fail(&self, kind: &'static str) {
        if let Some(context) = &self.context {
            let span = context.span();
            span.set_attribute(KeyValue::new("error.type", kind));
            span.set_status(Status::error(""));
        }
    }
}
