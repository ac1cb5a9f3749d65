//! An event as one line for people.

use std::{
    error::Error,
    fmt::{Debug, Display, Write as _},
};

use chrono::Utc;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use super::{
    clock,
    escape::{self, PlainText},
    fields::{Chain, MESSAGE, REDACTED, is_secret, key_of},
    panic::{self, Panic},
};
use crate::context;

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RESET: &str = "\x1b[0m";

/// Appends `event` and the end of its line.
pub(super) fn write(line: &mut Vec<u8>, event: &Event<'_>, colour: bool) {
    let mut page = Page { line, colour };
    let metadata = event.metadata();
    page.head(*metadata.level(), metadata.target());
    event.record(&mut Message(page.line));
    event.record(&mut Fields(&mut page));
    page.end();
}

/// Appends a panic and the end of its line.
pub(super) fn write_panic(line: &mut Vec<u8>, panic: &Panic<'_>, colour: bool) {
    let mut page = Page { line, colour };
    page.head(Level::ERROR, panic::LOGGER);
    escape::plain(page.line, panic::MESSAGE);
    page.field("exception", &panic.exception);
    page.end();
}

struct Page<'a> {
    line: &'a mut Vec<u8>,
    colour: bool,
}

impl Page<'_> {
    fn head(&mut self, level: Level, logger: &str) {
        self.paint(DIM);
        clock::write(self.line, Utc::now());
        self.paint(RESET);
        self.paint(colour_of(level));
        // Writing into memory does not fail, here and below.
        let _ = write!(PlainText(self.line), " {:>5} ", level.as_str());
        self.paint(RESET);
        self.paint(BOLD);
        escape::plain(self.line, logger);
        self.paint(RESET);
        self.line.extend_from_slice(b": ");
    }

    /// `key=value`; a value that could be read as more than one is quoted.
    fn field(&mut self, key: &str, value: &str) {
        self.line.push(b' ');
        self.paint(DIM);
        escape::plain(self.line, key);
        self.line.push(b'=');
        self.paint(RESET);
        if value.is_empty() || value.contains([' ', '=', '"', '\\']) {
            self.line.push(b'"');
            escape::json(self.line, value);
            self.line.push(b'"');
        } else {
            escape::plain(self.line, value);
        }
    }

    fn end(&mut self) {
        if let Some(request) = context::current_request() {
            self.field("correlation_id", &request.correlation_id);
        }
        self.line.push(b'\n');
    }

    fn paint(&mut self, code: &str) {
        if self.colour {
            self.line.extend_from_slice(code.as_bytes());
        }
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// Writes the event's message and nothing else.
struct Message<'a>(&'a mut Vec<u8>);

impl Visit for Message<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == MESSAGE {
            escape::plain(self.0, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == MESSAGE {
            let _ = write!(PlainText(self.0), "{value:?}");
        }
    }
}

/// Writes the event's own fields.
struct Fields<'a, 'b>(&'a mut Page<'b>);

impl Fields<'_, '_> {
    fn write(&mut self, field: &Field, value: impl Display) {
        let key = key_of(field);
        // Where in the code an event is from is for machines.
        if key == MESSAGE || key == "function" {
            return;
        }
        if is_secret(key) {
            self.0.field(key, REDACTED);
        } else {
            self.0.field(key, &value.to_string());
        }
    }
}

impl Visit for Fields<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.write(field, Chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, format_args!("{value:?}"));
    }
}
