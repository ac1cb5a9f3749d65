//! Spans without their secrets, by the rules of the log.
//!
//! It runs on the exporter's thread: no request waits for it.

use std::borrow::Cow;

use opentelemetry::{Array, KeyValue, StringValue, Value, trace::Status};
use opentelemetry_sdk::trace::SpanData;

use crate::log::redact::{REDACTED, is_secret, redact};

/// The longest text that leaves, in bytes; what is longer is cut.
const MAX_BYTES: usize = 8 * 1024;

/// Leaves out of `span` the values of secret keys, in attributes and within texts, and the
/// user-info of URLs.
pub(super) fn clean(span: &mut SpanData) {
    if let Some(name) = cleaned(&span.name) {
        span.name = name.into();
    }
    clean_all(&mut span.attributes);
    for event in &mut span.events.events {
        if let Some(name) = cleaned(&event.name) {
            event.name = name.into();
        }
        clean_all(&mut event.attributes);
    }
    for link in &mut span.links.links {
        clean_all(&mut link.attributes);
    }
    if let Status::Error { description } = &mut span.status
        && let Some(text) = cleaned(description)
    {
        *description = text.into();
    }
}

fn clean_all(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        if is_secret(attribute.key.as_str()) {
            attribute.value = REDACTED.into();
            continue;
        }
        match &mut attribute.value {
            Value::String(text) => clean_text(text),
            Value::Array(Array::String(texts)) => texts.iter_mut().for_each(clean_text),
            _ => {}
        }
    }
}

fn clean_text(text: &mut StringValue) {
    if let Some(clean) = cleaned(text.as_str()) {
        *text = clean.into();
    }
}

/// `text` as it may leave, when that is not as it is.
fn cleaned(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        // Cut first, so that the work is bounded. A secret that is cut is left out all the same.
        let start = &text[..text.floor_char_boundary(MAX_BYTES)];
        return Some(format!("{}…", redact(start)));
    }
    match redact(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(clean) => Some(clean),
    }
}
