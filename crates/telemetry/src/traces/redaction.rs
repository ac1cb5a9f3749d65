//! Spans without their secrets, by the rules of the log.
//!
//! It runs on the exporter's thread: no request waits for it.

use std::borrow::Cow;

use opentelemetry::{
    Array, KeyValue, StringValue, Value,
    trace::{SpanContext, Status},
};
use opentelemetry_sdk::trace::SpanData;

use super::extent::without_state;
use crate::{
    excerpt::MORE,
    log::redact::{REDACTED, is_secret, redact},
};

/// Leaves out of `span` the values of secret keys, in attributes and within texts, the user-info
/// of URLs, and a `tracestate` with any of these.
pub(super) fn clean(span: &mut SpanData) {
    if let Some(name) = cleaned(&span.name) {
        span.name = name.into();
    }
    clean_all(&mut span.attributes);
    clean_state(&mut span.span_context);
    for event in &mut span.events.events {
        if let Some(name) = cleaned(&event.name) {
            event.name = name.into();
        }
        clean_all(&mut event.attributes);
    }
    for link in &mut span.links.links {
        clean_all(&mut link.attributes);
        clean_state(&mut link.span_context);
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

/// A part of a state would be another state: it leaves whole or not at all.
fn clean_state(context: &mut SpanContext) {
    if cleaned(&context.trace_state().header()).is_some() {
        *context = without_state(context);
    }
}

/// `text` as it may leave, when that is not as it is.
fn cleaned(text: &str) -> Option<String> {
    // What shows that a text was cut is no part of a secret that was cut.
    let (whole, more) = match text.strip_suffix(MORE) {
        Some(start) => (start, &text[start.len()..]),
        None => (text, ""),
    };
    match redact(whole) {
        Cow::Borrowed(_) => None,
        Cow::Owned(clean) => Some(clean + more),
    }
}
