//! A span as a test reads it.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1 as proto;

use crate::collector::Attributes;

/// One span that a [`Collector`](crate::Collector) was sent. Ids are lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What was done.
    pub name: String,
    /// `SPAN_KIND_SERVER` and the like.
    pub kind: &'static str,
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
    /// 16 digits, or none for the first span of a trace.
    pub parent_id: String,
    /// The vendors' own part of the trace context.
    pub trace_state: String,
    /// What is said of it; numbers and truths as text.
    pub attributes: Attributes,
    /// What is said of its sender.
    pub resource: Attributes,
    /// The names of what happened within it.
    pub events: Vec<String>,
    /// `STATUS_CODE_ERROR` and the like.
    pub status: &'static str,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Nanoseconds since 1970.
    pub end: u64,
}

impl Span {
    /// An attribute; empty when there is none.
    pub fn attribute(&self, key: &str) -> &str {
        self.attributes.get(key).map_or("", String::as_str)
    }

    pub(crate) fn all_of(request: ExportTraceServiceRequest) -> Vec<Self> {
        let mut spans = Vec::new();
        for part in request.resource_spans {
            let resource = texts(part.resource.unwrap_or_default().attributes);
            let scopes = part.scope_spans.into_iter();
            for span in scopes.flat_map(|scope| scope.spans) {
                spans.push(Self::new(span, resource.clone()));
            }
        }
        spans
    }

    fn new(span: proto::Span, resource: Attributes) -> Self {
        Self {
            kind: span.kind().as_str_name(),
            status: span.status.clone().unwrap_or_default().code().as_str_name(),
            trace_id: hex(&span.trace_id),
            span_id: hex(&span.span_id),
            parent_id: hex(&span.parent_span_id),
            trace_state: span.trace_state,
            name: span.name,
            attributes: texts(span.attributes),
            resource,
            events: span.events.into_iter().map(|event| event.name).collect(),
            start: span.start_time_unix_nano,
            end: span.end_time_unix_nano,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn texts(attributes: Vec<KeyValue>) -> Attributes {
    let pairs = attributes.into_iter();
    pairs.map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::BoolValue(truth)) => truth.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}
