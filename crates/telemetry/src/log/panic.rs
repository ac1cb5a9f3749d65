//! What is known of a panic.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    panic::{Location, PanicHookInfo},
    thread,
};

use tracing::Level;

use super::head::{Head, within_package};

/// Logger and module of a panic: where it happened is known by file and line only.
const LOGGER: &str = "panic";

/// The message of every panic's line; what it said is in `exception`.
pub(super) const MESSAGE: &str = "Panicked";

/// A panic, to be written as a line.
pub(super) struct Panic<'a> {
    file: Option<&'a str>,
    line: Option<u32>,
    /// The text, the place and the thread, and the backtrace when `RUST_BACKTRACE` asks for it.
    pub(super) exception: String,
}

impl<'a> Panic<'a> {
    pub(super) fn of(info: &'a PanicHookInfo<'_>) -> Self {
        let place = info.location();
        Self {
            file: place.map(|place| within_package(place.file())),
            line: place.map(|place| place.line()),
            exception: describe(info),
        }
    }

    pub(super) fn head(&self) -> Head<'a> {
        Head {
            level: Level::ERROR,
            logger: LOGGER,
            module: LOGGER,
            file: self.file,
            line: self.line,
        }
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str().unwrap_or("a value that is no text");
    let place = info
        .location()
        .map_or_else(String::new, |place| format!(" at {}", shown(place)));
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let backtrace = Backtrace::capture();
    let frames = match backtrace.status() {
        BacktraceStatus::Captured => format!("\n{backtrace}"),
        _ => String::new(),
    };
    format!("{text}{place} in thread {name}{frames}")
}

/// Without the folder of the building machine.
fn shown(place: &Location<'_>) -> String {
    let file = within_package(place.file());
    format!("{file}:{}:{}", place.line(), place.column())
}
