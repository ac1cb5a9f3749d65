//! What all lines from one place in the code have in common, put into JSON once.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use tracing::{Metadata, callsite::Identifier};

use super::{
    escape,
    fields::{self, MESSAGE},
    head::Head,
    redact::is_secret,
};

thread_local! {
    static SITES: RefCell<HashMap<Identifier, Rc<Site>>> = RefCell::default();
}

/// The words of one place that logs.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) logger: Box<str>,
    /// From the end of the timestamp to the beginning of the message's text.
    pub(super) head: Box<[u8]>,
    /// From the end of the message's text to the number of the line.
    pub(super) place: Box<[u8]>,
    /// In the order in which the place declares its fields.
    pub(super) keys: Box<[Key]>,
}

/// A field of the place.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) role: Role,
    /// `,"key":`
    pub(super) text: Box<[u8]>,
    /// `,"field.key":`, for where the line has a key of that name already.
    pub(super) aside: Box<[u8]>,
}

/// What becomes of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is the message.
    Message,
    /// It says where a record of the crate `log` is from, which the line says anyway.
    Origin,
    /// It is a secret.
    Secret,
    /// It is written as it is.
    Value,
    /// The same, unless the line has its request's.
    RequestId,
    /// The same, unless the line has its user's.
    UserId,
    /// The same, unless the line has its trace's.
    TraceId,
}

impl Site {
    /// The words of the place that `metadata` describes, made when it logs for the first time on
    /// this thread.
    pub(super) fn of(metadata: &'static Metadata<'static>) -> Rc<Self> {
        let make = || {
            let fields = metadata.fields().iter();
            Rc::new(Self::new(
                &Head::of(metadata),
                fields.map(|field| field.name()),
            ))
        };
        SITES
            .try_with(|sites| {
                let mut sites = sites.borrow_mut();
                Rc::clone(sites.entry(metadata.callsite()).or_insert_with(make))
            })
            // A thread that is ending remembers nothing.
            .unwrap_or_else(|_| make())
    }

    /// The words of a place with these `fields`.
    pub(super) fn new<'a>(head: &Head<'_>, fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut before = b"\"".to_vec();
        text(&mut before, "level", head.level.as_str());
        text(&mut before, "logger", head.logger);
        before.extend_from_slice(b",\"message\":\"");
        let mut place = b"\"".to_vec();
        text(&mut place, "module", head.module);
        if let Some(file) = head.file {
            text(&mut place, "file", file);
        }
        if let Some(number) = head.line {
            place.extend_from_slice(format!(",\"line\":{number}").as_bytes());
        }
        Self {
            logger: head.logger.into(),
            head: before.into(),
            place: place.into(),
            keys: fields.into_iter().map(Key::new).collect(),
        }
    }
}

impl Key {
    /// A field that is a Rust keyword is written without its `r#`.
    fn new(name: &str) -> Self {
        let shown = name.strip_prefix("r#").unwrap_or(name);
        let written = |prefix: &str| {
            let mut text = b",\"".to_vec();
            escape::json(&mut text, prefix);
            escape::json(&mut text, shown);
            text.extend_from_slice(b"\":");
            text.into_boxed_slice()
        };
        let reserved = fields::is_reserved(shown);
        Self {
            role: Role::of(name, shown),
            text: written(if reserved { "field." } else { "" }),
            aside: written("field."),
        }
    }
}

impl Role {
    fn of(name: &str, shown: &str) -> Self {
        match shown {
            _ if name == MESSAGE => Self::Message,
            _ if fields::is_origin(name) => Self::Origin,
            _ if is_secret(shown) => Self::Secret,
            "correlation_id" | "request_id" => Self::RequestId,
            "user_id" => Self::UserId,
            "trace_id" | "span_id" => Self::TraceId,
            _ => Self::Value,
        }
    }
}

/// Appends `,"key":"value"`.
fn text(line: &mut Vec<u8>, key: &str, value: &str) {
    line.extend_from_slice(format!(",\"{key}\":\"").as_bytes());
    escape::json(line, value);
    line.push(b'"');
}
