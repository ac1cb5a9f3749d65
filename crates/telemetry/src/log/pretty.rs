//! An event as one line for people.

use std::{
    error::Error,
    fmt::{Debug, Display, Write as _},
};

use chrono::Local;
use tracing::{
    Event, Level,
    field::{Field, Visit},
};

use super::{
    clock, escape,
    fields::{self, Chain, EXCEPTION},
    head::Head,
    layer::Page,
    panic::{self, Panic},
    redact::{REDACTED, is_secret, redact},
    request::Answer,
};
use crate::context;

const DIM: &str = "\x1b[2m";
const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BLUE: &str = "\x1b[34m";
const MAGENTA: &str = "\x1b[35m";
const CYAN: &str = "\x1b[36m";
const RESET: &str = "\x1b[0m";

/// What begins every further line of an exception. No line of its own begins like this, so that
/// no text can pretend to be one.
const GUTTER: &[u8] = b"\n    | ";

/// How much of a correlation id is shown, in characters: its end, which differs the most.
const ID_CHARS: usize = 8;

/// Appends `event` and the end of its line.
pub(super) fn write(page: &mut Page, head: &Head<'_>, event: &Event<'_>, colour: bool) {
    let mut message = String::new();
    fields::write_message(event, head.logger, &mut message);
    let mut own = Fields::default();
    event.record(&mut own);
    let mut sheet = Sheet { page, colour };
    sheet.head(head.level);
    match Answer::of(&message, &own.pairs) {
        Some(answer) => sheet.answer(&answer),
        None => sheet.event(head, &redact(&message), &own),
    }
    sheet.id();
    sheet.exception(own.exception.as_deref());
}

/// Appends a panic and the end of its line.
pub(super) fn write_panic(page: &mut Page, panic: &Panic<'_>, colour: bool) {
    let head = panic.head();
    let mut sheet = Sheet { page, colour };
    sheet.head(head.level);
    sheet.event(&head, panic::MESSAGE, &Fields::default());
    sheet.id();
    sheet.exception(Some(&redact(&panic.exception)));
}

/// A line that is being written.
struct Sheet<'a> {
    page: &'a mut Page,
    colour: bool,
}

impl Sheet<'_> {
    fn head(&mut self, level: Level) {
        self.paint(DIM);
        clock::write_time(&mut self.page.line, Local::now());
        self.paint(RESET);
        // Writing into memory does not fail.
        let mut name = String::new();
        let _ = write!(name, " {:>5} ", level.as_str());
        self.painted(colour_of(level), &name);
    }

    fn event(&mut self, head: &Head<'_>, message: &str, own: &Fields) {
        self.painted(BOLD, head.logger);
        self.plain(": ");
        self.plain(message);
        for (key, value) in &own.pairs {
            self.field(key, value);
        }
    }

    /// `GET /things/1 200 1.2ms 123B`, which is all that people look for.
    fn answer(&mut self, answer: &Answer<'_>) {
        self.painted(BOLD, answer.method);
        self.plain(" ");
        self.plain(answer.path);
        self.plain(" ");
        self.painted(colour_of_status(answer.status), answer.status);
        self.plain(" ");
        self.plain(&answer.duration);
        if let Some(size) = &answer.size {
            self.plain(" ");
            self.plain(size);
        }
    }

    /// `key=value`; a value that could be read as more than one is quoted.
    fn field(&mut self, key: &str, value: &str) {
        self.plain(" ");
        self.painted(DIM, key);
        self.painted(DIM, "=");
        if value.is_empty() || value.contains([' ', '=', '"', '\\']) {
            self.page.line.push(b'"');
            escape::json(&mut self.page.line, value);
            self.page.line.push(b'"');
        } else {
            self.plain(value);
        }
    }

    /// Who it was for, and the end of the correlation id.
    fn id(&mut self) {
        let Some(request) = context::current_request() else {
            return;
        };
        if let Some(user) = request.user_id.get() {
            self.field("user_id", user);
        }
        let id = request.correlation_id();
        let hidden = id.len().saturating_sub(ID_CHARS);
        self.plain(" ");
        self.painted(DIM, "~");
        // The alphabet of correlation ids is ASCII.
        self.painted(DIM, &id[hidden..]);
    }

    /// Ends the line; an exception comes below it, as many lines as it has.
    fn exception(&mut self, text: Option<&str>) {
        for line in text.unwrap_or_default().lines() {
            self.page.line.extend_from_slice(GUTTER);
            self.plain(line);
        }
        self.page.line.push(b'\n');
    }

    fn plain(&mut self, text: &str) {
        escape::plain(&mut self.page.line, text);
    }

    fn painted(&mut self, code: &str, text: &str) {
        self.paint(code);
        self.plain(text);
        self.paint(RESET);
    }

    fn paint(&mut self, code: &str) {
        if self.colour {
            self.page.line.extend_from_slice(code.as_bytes());
        }
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => RED,
        Level::WARN => YELLOW,
        Level::INFO => GREEN,
        Level::DEBUG => BLUE,
        Level::TRACE => MAGENTA,
    }
}

fn colour_of_status(status: &str) -> &'static str {
    match status.as_bytes().first() {
        Some(b'2') => GREEN,
        Some(b'3') => CYAN,
        Some(b'4') => YELLOW,
        _ => RED,
    }
}

/// The event's own fields, without what nobody may read.
#[derive(Default)]
struct Fields {
    pairs: Vec<(&'static str, String)>,
    exception: Option<String>,
}

impl Fields {
    fn write(&mut self, field: &Field, value: impl Display) {
        let Some(key) = fields::key_of(field) else {
            return;
        };
        let mut text = String::new();
        if is_secret(key) {
            text.push_str(REDACTED);
        } else {
            // A value whose formatting fails is shown as far as it came.
            let _ = write!(text, "{value}");
            text = redact(&text).into_owned();
        }
        match key {
            // Where in the code an event is from is for machines.
            "function" => {}
            EXCEPTION => self.exception = Some(text),
            _ => self.pairs.push((key, text)),
        }
    }
}

impl Visit for Fields {
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
