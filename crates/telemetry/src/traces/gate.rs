//! Which spans exist at all.

use tracing::{
    Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{Layer, layer::Context};

/// Whose spans are about the export itself.
const TRANSPORT: [&str; 6] = [
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "tonic",
    "tower",
];

/// Whether a span goes to the collector, if it is sampled.
pub(super) fn is_exported(metadata: &Metadata<'_>) -> bool {
    let origin = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && *metadata.level() <= LevelFilter::INFO && !TRANSPORT.contains(&origin)
}

/// Stands before all layers and lets pass the events that the log's filter wants, and the spans
/// that somebody needs: an event is no matter of traces, and a span none of the log's level.
///
/// A span that nobody needs is never made, which costs as much as if it were not in the code.
pub(crate) struct Gate<F> {
    filter: F,
    traced: bool,
    /// Whether the filter looks at spans, `info,[request]=debug`.
    scoped: bool,
}

impl<F> Gate<F> {
    pub(crate) fn new(filter: F, traced: bool, scoped: bool) -> Self {
        Self {
            filter,
            traced,
            scoped,
        }
    }

    fn traces(&self, metadata: &Metadata<'_>) -> bool {
        self.traced && is_exported(metadata)
    }

    fn asks_filter(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() || self.scoped
    }
}

impl<S: Subscriber, F: Layer<S>> Layer<S> for Gate<F> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let wanted = if self.asks_filter(metadata) {
            self.filter.register_callsite(metadata)
        } else {
            Interest::never()
        };
        if self.traces(metadata) {
            Interest::always()
        } else {
            wanted
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.traces(metadata)
            || (self.asks_filter(metadata) && self.filter.enabled(metadata, context))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let hint = self.filter.max_level_hint()?;
        Some(if self.traced {
            hint.max(LevelFilter::INFO)
        } else {
            hint
        })
    }

    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if self.scoped {
            self.filter.on_new_span(span, id, context);
        }
    }

    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if self.scoped {
            self.filter.on_record(span, values, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if self.scoped {
            self.filter.on_enter(id, context);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if self.scoped {
            self.filter.on_exit(id, context);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if self.scoped {
            self.filter.on_close(id, context);
        }
    }
}
