//! An event as one JSON object, formatted by hand: the stock layer builds maps, looks spans up
//! and costs several times as much.

use std::{
    error::Error,
    fmt::{self, Debug, Display, Write as _},
    io::Write as _,
};

use chrono::Utc;
use tracing::{
    Event,
    field::{Field, Visit},
};

use super::{
    clock, escape,
    fields::{self, Chain, EXCEPTION, MESSAGE},
    head::Head,
    layer::Page,
    panic::{self, Panic},
    redact::{REDACTED, is_secret, redact},
};
use crate::{context, traces};

/// Appends `event` and the end of its line.
pub(super) fn write(page: &mut Page, head: &Head<'_>, event: &Event<'_>) {
    let mut object = Object::begin(page, head);
    object.text(MESSAGE, |text| {
        fields::write_message(event, head.logger, text)
    });
    object.place(head);
    object.ids();
    event.record(&mut object);
    object.end();
}

/// Appends a panic and the end of its line.
pub(super) fn write_panic(page: &mut Page, panic: &Panic<'_>) {
    let head = panic.head();
    let mut object = Object::begin(page, &head);
    object.text(MESSAGE, |text| text.push_str(panic::MESSAGE));
    object.place(&head);
    object.ids();
    object.text(EXCEPTION, |text| text.push_str(&panic.exception));
    object.end();
}

/// An object that is being written.
struct Object<'a> {
    page: &'a mut Page,
    ids: Ids,
}

/// Which ids of a request and its trace the line has, so that an event's own fields of these names give way.
#[derive(Default)]
struct Ids {
    request: bool,
    user: bool,
    trace: bool,
}

impl<'a> Object<'a> {
    fn begin(page: &'a mut Page, head: &Head<'_>) -> Self {
        page.line.extend_from_slice(b"{\"timestamp\":\"");
        clock::write(&mut page.line, Utc::now());
        page.line.push(b'"');
        let ids = Ids::default();
        let mut object = Self { page, ids };
        object.plain("level", head.level.as_str());
        object.plain("logger", head.logger);
        object
    }

    fn place(&mut self, head: &Head<'_>) {
        self.plain("module", head.module);
        if let Some(file) = head.file {
            self.plain("file", file);
        }
        if let Some(number) = head.line {
            self.bare("line", number);
        }
    }

    fn ids(&mut self) {
        let request = context::current_request();
        if let Some(request) = &request {
            self.plain("correlation_id", &request.correlation_id);
            self.plain("request_id", &request.request_id);
            if let Some(user) = request.user_id.get() {
                self.plain("user_id", user);
                self.ids.user = true;
            }
            self.ids.request = true;
        }
        if let Some(place) = traces::ids(request.as_deref()) {
            self.plain("trace_id", place.trace());
            if let Some(span) = place.span() {
                self.plain("span_id", span);
            }
            self.ids.trace = true;
        }
    }

    fn end(self) {
        self.page.line.extend_from_slice(b"}\n");
    }

    /// Text that holds no secrets.
    fn plain(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quote(value);
    }

    /// Text that may hold secrets, written by `write`.
    fn text(&mut self, key: &str, write: impl FnOnce(&mut String)) {
        self.key(key);
        self.quote_redacted(write);
    }

    fn bare(&mut self, key: &str, value: impl Display) {
        self.key(key);
        // Writing into memory does not fail, here and below.
        let _ = write!(self.page.line, "{value}");
    }

    fn key(&mut self, key: &str) {
        self.page.line.extend_from_slice(b",\"");
        escape::json(&mut self.page.line, key);
        self.page.line.extend_from_slice(b"\":");
    }

    fn quote(&mut self, value: &str) {
        self.page.line.push(b'"');
        escape::json(&mut self.page.line, value);
        self.page.line.push(b'"');
    }

    fn quote_redacted(&mut self, write: impl FnOnce(&mut String)) {
        let mut text = std::mem::take(&mut self.page.text);
        write(&mut text);
        self.quote(&redact(&text));
        text.clear();
        self.page.text = text;
    }

    /// Writes the key of an event's own field, and says whether its value is still to be written:
    /// it is not when the line has the field already, or when it is a secret.
    fn opens(&mut self, field: &Field) -> bool {
        let Some(key) = fields::key_of(field) else {
            return false;
        };
        self.page.line.extend_from_slice(b",\"");
        if fields::is_reserved(key) || self.ids.have(key) {
            self.page.line.extend_from_slice(b"field.");
        }
        escape::json(&mut self.page.line, key);
        self.page.line.extend_from_slice(b"\":");
        let secret = is_secret(key);
        if secret {
            self.quote(REDACTED);
        }
        !secret
    }

    fn number(&mut self, field: &Field, value: impl Display) {
        if self.opens(field) {
            let _ = write!(self.page.line, "{value}");
        }
    }

    fn formatted(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.opens(field) {
            self.quote_redacted(|text| {
                let _ = text.write_fmt(value);
            });
        }
    }
}

impl Ids {
    fn have(&self, key: &str) -> bool {
        match key {
            "correlation_id" | "request_id" => self.request,
            "user_id" => self.user,
            "trace_id" | "span_id" => self.trace,
            _ => false,
        }
    }
}

/// An event's own fields, at the top level. Numbers and truths stay what they are.
impl Visit for Object<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.number(field, value);
        } else {
            // JSON has no such number.
            self.formatted(field, format_args!("{value}"));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.opens(field) {
            self.quote(&redact(value));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.formatted(field, format_args!("{}", Chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.formatted(field, format_args!("{value:?}"));
    }
}
