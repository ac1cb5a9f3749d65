//! Which spans exist at all.

use tracing::{Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{Layer, layer::Context};

use crate::log::Switch;

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
pub(crate) struct Gate {
    log: Switch,
    traced: bool,
}

impl Gate {
    pub(crate) fn new(log: Switch, traced: bool) -> Self {
        Self { log, traced }
    }

    fn lets_pass(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_event() {
            self.log.lets_pass(metadata)
        } else {
            self.traced && is_exported(metadata)
        }
    }
}

impl<S: Subscriber> Layer<S> for Gate {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.lets_pass(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.lets_pass(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let most = self.log.max_level();
        Some(if self.traced {
            most.max(LevelFilter::INFO)
        } else {
            most
        })
    }
}
