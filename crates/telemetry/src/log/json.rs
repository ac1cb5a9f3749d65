//! An event as one JSON object, formatted by hand: the stock layer builds maps, looks spans up
//! and costs several times as much.

use std::{
    error::Error,
    fmt::{self, Debug, Write as _},
    mem,
    time::{Duration, SystemTime},
};

use tracing::{
    Event,
    field::{Field, Visit},
};

use super::{
    clock, escape,
    fields::{self, Chain, EXCEPTION},
    find::find,
    layer::Page,
    panic::{self, Panic},
    redact::{self, REDACTED, redact},
    site::{Role, Site},
};
use crate::{context, traces};

/// Appends `event`, which is from `site`, and the end of its line.
pub(super) fn write(page: &mut Page, site: &Site, event: &Event<'_>) {
    let mut object = Object::begin(page, site, Some(event));
    event.record(&mut object);
    object.end();
}

/// Appends a panic and the end of its line.
pub(super) fn write_panic(page: &mut Page, panic: &Panic<'_>) {
    let site = Site::new(&panic.head(), []);
    let mut object = Object::begin(page, &site, None);
    object.message(|text| text.push_str(panic::MESSAGE));
    object.plain(EXCEPTION, &redact(&panic.exception));
    object.end();
}

/// An object that is being written.
struct Object<'a, 'e> {
    page: &'a mut Page,
    site: &'a Site,
    event: Option<&'a Event<'e>>,
    /// Whether all that comes before the event's own fields is written.
    begun: bool,
    ids: Ids,
}

/// Which ids of a request and its trace the line has, so that an event's own fields of these names give way.
#[derive(Default)]
struct Ids {
    request: bool,
    user: bool,
    trace: bool,
}

impl<'a, 'e> Object<'a, 'e> {
    fn begin(page: &'a mut Page, site: &'a Site, event: Option<&'a Event<'e>>) -> Self {
        page.line.extend_from_slice(b"{\"timestamp\":\"");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        clock::write(&mut page.line, now.unwrap_or(Duration::ZERO));
        page.line.extend_from_slice(&site.head);
        Self {
            page,
            site,
            event,
            begun: false,
            ids: Ids::default(),
        }
    }

    /// Writes the message and what follows it in every line. An event without a message of its own
    /// gets one.
    fn message(&mut self, write: impl FnOnce(&mut String)) {
        self.begun = true;
        let mut text = mem::take(&mut self.page.text);
        write(&mut text);
        if let (true, Some(event)) = (text.is_empty(), self.event) {
            fields::write_message(event, &self.site.logger, &mut text);
        }
        self.guarded(&text);
        self.keep(text);
        self.page.line.extend_from_slice(&self.site.place);
        self.write_ids();
    }

    fn write_ids(&mut self) {
        let request = context::current_request();
        if let Some(request) = &request {
            self.id("correlation_id", request.correlation_id());
            self.id("request_id", &request.request_id);
            if let Some(user) = request.user_id.get() {
                self.plain("user_id", user);
                self.ids.user = true;
            }
            self.ids.request = true;
        }
        if let Some(place) = traces::ids(request.as_deref()) {
            self.id("trace_id", place.trace());
            if let Some(span) = place.span() {
                self.id("span_id", span);
            }
            self.ids.trace = true;
        }
    }

    fn end(mut self) {
        if !self.begun {
            self.message(|_| {});
        }
        self.page.line.extend_from_slice(b"}\n");
    }

    /// A field of the line itself.
    fn plain(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quote(value);
    }

    /// A field of the line itself, of whose alphabet nothing is to be escaped.
    fn id(&mut self, key: &str, value: &str) {
        self.key(key);
        for part in ["\"", value, "\""] {
            self.page.line.extend_from_slice(part.as_bytes());
        }
    }

    fn key(&mut self, key: &str) {
        for part in [",\"", key, "\":"] {
            self.page.line.extend_from_slice(part.as_bytes());
        }
    }

    fn quote(&mut self, value: &str) {
        self.page.line.push(b'"');
        escape::json(&mut self.page.line, value);
        self.page.line.push(b'"');
    }

    /// A text of others. Most have neither secrets nor anything to be escaped, which one look shows.
    fn guarded(&mut self, text: &str) {
        let doubtful = |byte| escape::is_suspect(byte) | redact::is_separator(byte);
        if find(text.as_bytes(), doubtful).is_none() {
            self.page.line.extend_from_slice(text.as_bytes());
        } else {
            escape::json(&mut self.page.line, &redact(text));
        }
    }

    fn quote_guarded(&mut self, text: &str) {
        self.page.line.push(b'"');
        self.guarded(text);
        self.page.line.push(b'"');
    }

    /// Writes the key of an event's own field, and says whether its value is still to be written:
    /// it is not when the line has the field already, or when it is a secret.
    fn opens(&mut self, field: &Field) -> bool {
        if !self.begun {
            // The message stands somewhere behind this field, or there is none.
            self.message(|_| {});
        }
        let key = &self.site.keys[field.index()];
        let text = match key.role {
            Role::Message | Role::Origin => return false,
            Role::Secret | Role::Value => &key.text,
            Role::RequestId if self.ids.request => &key.aside,
            Role::UserId if self.ids.user => &key.aside,
            Role::TraceId if self.ids.trace => &key.aside,
            Role::RequestId | Role::UserId | Role::TraceId => &key.text,
        };
        self.page.line.extend_from_slice(text);
        let secret = key.role == Role::Secret;
        if secret {
            self.quote(REDACTED);
        }
        !secret
    }

    /// A value that is valid JSON as it is.
    fn bare(&mut self, field: &Field, value: &str) {
        if self.opens(field) {
            self.page.line.extend_from_slice(value.as_bytes());
        }
    }

    /// A value that `write` puts into words, in which there may be secrets.
    fn worded(&mut self, field: &Field, write: impl FnOnce(&mut String)) {
        if !self.begun && self.site.keys[field.index()].role == Role::Message {
            self.message(write);
        } else if self.opens(field) {
            let mut text = mem::take(&mut self.page.text);
            write(&mut text);
            self.quote_guarded(&text);
            self.keep(text);
        }
    }

    fn formatted(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        self.worded(field, |text| {
            // Writing into memory does not fail, but a value's own formatting may: then what
            // there is of it is written.
            let _ = text.write_fmt(value);
        });
    }

    /// Gives room for text back to the page.
    fn keep(&mut self, mut text: String) {
        text.clear();
        self.page.text = text;
    }
}

/// An event's own fields, at the top level. Numbers and truths stay what they are.
impl Visit for Object<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.bare(field, zmij::Buffer::new().format_finite(value));
        } else {
            // JSON has no such number.
            self.formatted(field, format_args!("{value}"));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, itoa::Buffer::new().format(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.bare(field, itoa::Buffer::new().format(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.bare(field, itoa::Buffer::new().format(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, if value { "true" } else { "false" });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.begun && self.opens(field) {
            self.quote_guarded(value);
        } else if !self.begun {
            self.worded(field, |text| text.push_str(value));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.formatted(field, format_args!("{}", Chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.formatted(field, format_args!("{value:?}"));
    }
}
