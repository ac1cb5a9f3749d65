//! How much of a span is kept: whoever asks decides on the length of many of its texts.

use std::borrow::Cow;

use opentelemetry::{
    Array, KeyValue, StringValue, Value,
    trace::{SpanContext, Status, TraceState},
};
use opentelemetry_sdk::trace::SpanData;

use crate::excerpt::{MAX_BYTES, excerpt};

/// Cuts the texts of `span`, and says about how many bytes of memory it takes; on its way to the
/// collector it takes less.
pub(super) fn limit(span: &mut SpanData) -> usize {
    limit_name(&mut span.name);
    limit_all(&mut span.attributes);
    limit_state(&mut span.span_context);
    for event in &mut span.events.events {
        limit_name(&mut event.name);
        limit_all(&mut event.attributes);
    }
    for link in &mut span.links.links {
        limit_all(&mut link.attributes);
        limit_state(&mut link.span_context);
    }
    if let Status::Error { description } = &mut span.status {
        limit_name(description);
    }
    bytes(span)
}

fn limit_name(name: &mut Cow<'static, str>) {
    if name.len() > MAX_BYTES {
        *name = excerpt(name).into_owned().into();
    }
}

fn limit_all(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        match &mut attribute.value {
            Value::String(text) => limit_text(text),
            Value::Array(Array::String(texts)) => texts.iter_mut().for_each(limit_text),
            _ => {}
        }
    }
}

fn limit_text(text: &mut StringValue) {
    if text.as_str().len() > MAX_BYTES {
        *text = excerpt(text.as_str()).into_owned().into();
    }
}

/// A state that is too long is left out: its beginning would be another state.
fn limit_state(context: &mut SpanContext) {
    if context.trace_state().header().len() > MAX_BYTES {
        *context = without_state(context);
    }
}

/// `context`, but for its `tracestate`.
pub(super) fn without_state(context: &SpanContext) -> SpanContext {
    SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags(),
        context.is_remote(),
        TraceState::NONE,
    )
}

fn bytes(span: &SpanData) -> usize {
    let events = span.events.events.iter();
    let events = events.map(|event| size_of_val(event) + event.name.len() + all(&event.attributes));
    let links = span.links.links.iter();
    let links =
        links.map(|link| size_of_val(link) + state(&link.span_context) + all(&link.attributes));
    let description = match &span.status {
        Status::Error { description } => description.len(),
        _ => 0,
    };
    size_of_val(span)
        + span.name.len()
        + description
        + state(&span.span_context)
        + all(&span.attributes)
        + events.sum::<usize>()
        + links.sum::<usize>()
}

fn state(context: &SpanContext) -> usize {
    context.trace_state().header().len()
}

fn all(attributes: &[KeyValue]) -> usize {
    attributes.iter().map(attribute).sum()
}

fn attribute(attribute: &KeyValue) -> usize {
    let value = match &attribute.value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts.iter().map(of_item).sum(),
        Value::Array(Array::Bool(values)) => size_of_val(&values[..]),
        Value::Array(Array::I64(values)) => size_of_val(&values[..]),
        Value::Array(Array::F64(values)) => size_of_val(&values[..]),
        _ => 0,
    };
    size_of_val(attribute) + attribute.key.as_str().len() + value
}

fn of_item(text: &StringValue) -> usize {
    size_of_val(text) + text.as_str().len()
}
