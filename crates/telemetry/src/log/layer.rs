//! From a tracing event to a line in the sink.

use std::{cell::Cell, panic, time::Duration};

use tracing::{Event, Level, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{Layer, layer::Context};

use super::{head::Head, json, panic::Panic, pretty, sink::Sink, site::Site};

/// A page that grew past this gives its memory back.
const KEPT_BYTES: usize = 16 * 1024;

/// How long a panicking thread waits for its line to be out.
const FLUSH_LIMIT: Duration = Duration::from_millis(100);

/// The target that tracing gives to every record of the crate `log`.
const RECORD: &str = "log";

thread_local! {
    /// Taken while a line is formatted, so that a value which logs while it is formatted finds
    /// an empty one rather than a half-written line.
    static PAGE: Cell<Page> = const { Cell::new(Page::new()) };
}

/// A line that is being written, and room to put a value into words before it is looked through.
#[derive(Default)]
pub(super) struct Page {
    pub(super) line: Vec<u8>,
    pub(super) text: String,
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

    /// Has every panic of the process logged as one line instead of printed as several, whatever
    /// the filter lets through.
    pub(super) fn log_panics(self) {
        panic::set_hook(Box::new(move |info| self.log_panic(&Panic::of(info))));
    }

    /// Counts and writes a panic, and waits a little for it to be out: nobody knows whether the
    /// process will live to see the next batch.
    fn log_panic(&self, panic: &Panic<'_>) {
        self.sink.count_panic();
        self.write(Level::ERROR, |page| match self.style {
            Style::Json => json::write_panic(page, panic),
            Style::Pretty { colour } => pretty::write_panic(page, panic, colour),
        });
        self.sink.flush(FLUSH_LIMIT);
    }

    fn write(&self, level: Level, format: impl FnOnce(&mut Page)) {
        let mut page = PAGE.try_with(Cell::take).unwrap_or_default();
        format(&mut page);
        self.sink.push(level, &page.line);
        page.line.clear();
        page.text.clear();
        if page.line.capacity().max(page.text.capacity()) <= KEPT_BYTES {
            // A thread that is ending has no place to keep it.
            let _ = PAGE.try_with(|kept| kept.set(page));
        }
    }
}

impl Page {
    const fn new() -> Self {
        Self {
            line: Vec::new(),
            text: String::new(),
        }
    }
}

impl<S: Subscriber> Layer<S> for LineLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let origin = match metadata.target() {
            RECORD => event.normalized_metadata(),
            _ => None,
        };
        self.write(*metadata.level(), |page| match (self.style, &origin) {
            (Style::Json, None) => json::write(page, &Site::of(metadata), event),
            (Style::Json, Some(origin)) => {
                // Each record has a place of its own, which tracing does not know.
                let fields = metadata.fields().iter().map(|field| field.name());
                json::write(page, &Site::new(&Head::of(origin), fields), event);
            }
            (Style::Pretty { colour }, origin) => {
                let head = Head::of(origin.as_ref().unwrap_or(metadata));
                pretty::write(page, &head, event, colour);
            }
        });
    }
}
