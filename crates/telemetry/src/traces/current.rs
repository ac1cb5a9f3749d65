//! Where in which trace the current task is: for log lines, and for those whom it asks.

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt},
};
use poem::http::{HeaderMap, HeaderValue};

use super::inbound::{TRACEPARENT, TRACESTATE};
use crate::context::{self, RequestContext};

/// The `traceparent` to send with a request to another service: the current span's; where nothing
/// is traced, the one that the current request came with, unchanged; `None` without either.
#[must_use]
pub fn traceparent() -> Option<String> {
    let (traceparent, _) = outgoing()?;
    Some(traceparent.to_str().ok()?.to_owned())
}

/// Puts [`traceparent`], and the `tracestate` that belongs to it, into the headers of a request to
/// another service.
pub fn propagate(headers: &mut HeaderMap) {
    let Some((traceparent, tracestate)) = outgoing() else {
        return;
    };
    headers.insert(TRACEPARENT, traceparent);
    match tracestate {
        Some(state) => headers.insert(TRACESTATE, state),
        None => headers.remove(TRACESTATE),
    };
}

/// The ids of the current span, or else of the span of `request`, or else the trace id that it
/// came with, as lower-case hex digits.
pub(crate) fn ids(request: Option<&RequestContext>) -> Option<Ids> {
    if let Some(ids) = with_span(Ids::of) {
        return Some(ids);
    }
    let request = request?;
    match (&request.span, &request.inbound) {
        (Some(span), _) => Some(Ids::of(span)),
        (None, Some(inbound)) => Some(Ids {
            trace: inbound.trace_id().as_bytes().try_into().ok()?,
            span: None,
        }),
        (None, None) => None,
    }
}

/// A place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ids {
    trace: [u8; 32],
    /// `None` where only the caller has spans.
    span: Option<[u8; 16]>,
}

impl Ids {
    fn of(span: &SpanContext) -> Self {
        let mut trace = [0; 32];
        let mut id = [0; 16];
        write_hex(&span.trace_id().to_bytes(), &mut trace);
        write_hex(&span.span_id().to_bytes(), &mut id);
        Self {
            trace,
            span: Some(id),
        }
    }

    pub(crate) fn trace(&self) -> &str {
        str::from_utf8(&self.trace).unwrap_or_default()
    }

    pub(crate) fn span(&self) -> Option<&str> {
        str::from_utf8(self.span.as_ref()?).ok()
    }
}

/// What the response to `request` says of its trace.
pub(crate) fn traceparent_of(request: &RequestContext) -> Option<HeaderValue> {
    match (&request.span, &request.inbound) {
        (Some(span), _) => Some(format(span)),
        (None, inbound) => inbound.as_ref().map(|inbound| inbound.traceparent.clone()),
    }
}

fn outgoing() -> Option<(HeaderValue, Option<HeaderValue>)> {
    let of = |span: &SpanContext| (format(span), state(span));
    if let Some(current) = with_span(of) {
        return Some(current);
    }
    let request = context::current_request()?;
    match (&request.span, &request.inbound) {
        (Some(span), _) => Some(of(span)),
        (None, Some(inbound)) => Some((inbound.traceparent.clone(), inbound.tracestate.clone())),
        (None, None) => None,
    }
}

/// `look` at the current span, if there is one.
pub(super) fn with_span<T>(look: impl FnOnce(&SpanContext) -> T) -> Option<T> {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| look(span))
    })
}

fn format(span: &SpanContext) -> HeaderValue {
    let ids = Ids::of(span);
    let flags = if span.is_sampled() { "01" } else { "00" };
    let parent = ids.span().unwrap_or_default();
    let text = format!("00-{}-{parent}-{flags}", ids.trace());
    HeaderValue::try_from(text).expect("hex digits and dashes are a header value")
}

fn state(span: &SpanContext) -> Option<HeaderValue> {
    let state = span.trace_state().header();
    (!state.is_empty()).then(|| HeaderValue::try_from(state).ok())?
}

fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
