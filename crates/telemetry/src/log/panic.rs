//! Panics as log lines.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::{self, PanicHookInfo},
    thread,
    time::Duration,
};

use super::layer::LineLayer;

/// Logger and module of a panic: where it happened is known by file and line only.
pub(super) const LOGGER: &str = "panic";

/// The message of every panic's line; what it said is in `exception`.
pub(super) const MESSAGE: &str = "Panicked";

/// How long a panicking thread waits for its line to be out.
const FLUSH_LIMIT: Duration = Duration::from_millis(100);

/// What is known of a panic.
pub(super) struct Panic<'a> {
    pub(super) file: Option<&'a str>,
    pub(super) line: Option<u32>,
    /// The text, the place and the thread, and the backtrace when `RUST_BACKTRACE` asks for it.
    pub(super) exception: String,
}

/// Has every panic of the process logged as one line instead of printed as several, whatever the
/// filter lets through.
pub(super) fn install(layer: LineLayer) {
    panic::set_hook(Box::new(move |info| {
        layer.panic(&Panic::of(info), FLUSH_LIMIT);
    }));
}

impl<'a> Panic<'a> {
    fn of(info: &'a PanicHookInfo<'_>) -> Self {
        let place = info.location();
        Self {
            file: place.map(|place| place.file()),
            line: place.map(|place| place.line()),
            exception: describe(info),
        }
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str().unwrap_or("a value that is no text");
    let place = info
        .location()
        .map_or_else(String::new, |place| format!(" at {place}"));
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let backtrace = Backtrace::capture();
    let frames = match backtrace.status() {
        BacktraceStatus::Captured => format!("\n{backtrace}"),
        _ => String::new(),
    };
    format!("{text}{place} in thread {name}{frames}")
}
