//! From a tracing event to a line in the sink.

use std::{cell::Cell, time::Duration};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, layer::Context};

use super::{json, panic::Panic, pretty, sink::Sink};

/// A line that grew past this gives its memory back.
const KEPT_BYTES: usize = 16 * 1024;

thread_local! {
    /// Taken while a line is formatted, so that a value which logs while it is formatted finds
    /// an empty one rather than a half-written line.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Json,
    Pretty { colour: bool },
}

/// Formats events and panics, and puts the lines into the sink.
#[derive(Debug, Clone)]
pub(super) struct LineLayer {
    style: Style,
    sink: Sink,
}

impl LineLayer {
    pub(super) fn new(style: Style, sink: Sink) -> Self {
        Self { style, sink }
    }

    /// Writes a panic, and waits for it to be out for at most `limit`: nobody knows whether the
    /// process will live to see the next batch.
    pub(super) fn panic(&self, panic: &Panic<'_>, limit: Duration) {
        self.write(Level::ERROR, |line| match self.style {
            Style::Json => json::write_panic(line, panic),
            Style::Pretty { colour } => pretty::write_panic(line, panic, colour),
        });
        self.sink.flush(limit);
    }

    fn write(&self, level: Level, format: impl FnOnce(&mut Vec<u8>)) {
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        format(&mut line);
        self.sink.push(level, &line);
        line.clear();
        if line.capacity() <= KEPT_BYTES {
            // A thread that is ending has no place to keep it.
            let _ = LINE.try_with(|kept| kept.set(line));
        }
    }
}

impl<S: Subscriber> Layer<S> for LineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.write(*event.metadata().level(), |line| match self.style {
            Style::Json => json::write(line, event),
            Style::Pretty { colour } => pretty::write(line, event, colour),
        });
    }
}
