//! The trace context that a request brings: W3C Trace Context, `traceparent` and `tracestate`.

use std::str::FromStr;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use poem::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A valid `traceparent`, kept as it came: who does not trace passes it on unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inbound {
    pub(super) traceparent: HeaderValue,
    pub(super) tracestate: Option<HeaderValue>,
}

impl Inbound {
    /// More than one `traceparent` is as good as none (W3C Trace Context §3.2), more than one
    /// `tracestate` are one list (§3.3.1).
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let only = values.next()?;
        if values.next().is_some() || !is_valid(only) {
            return None;
        }
        Some(Self {
            traceparent: only.clone(),
            tracestate: joined(headers),
        })
    }

    /// 32 hex digits.
    pub(crate) fn trace_id(&self) -> &str {
        &self.text()[3..35]
    }

    /// The caller's span, to be the parent of one here. A `tracestate` that is malformed is left
    /// out, as the specification says.
    pub(super) fn span(&self) -> SpanContext {
        let text = self.text();
        let state = self
            .tracestate
            .as_ref()
            .and_then(|state| state.to_str().ok());
        let flags = u8::from_str_radix(&text[53..55], 16).unwrap_or_default();
        SpanContext::new(
            TraceId::from_hex(self.trace_id()).unwrap_or(TraceId::INVALID),
            SpanId::from_hex(&text[36..52]).unwrap_or(SpanId::INVALID),
            TraceFlags::new(flags),
            true,
            state
                .and_then(|state| TraceState::from_str(state).ok())
                .unwrap_or_default(),
        )
    }

    fn text(&self) -> &str {
        self.traceparent.to_str().expect("it was found to be valid")
    }
}

fn joined(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut lines = headers.get_all(TRACESTATE).iter();
    let first = lines.next()?;
    let mut list = first.as_bytes().to_vec();
    for line in lines {
        list.push(b',');
        list.extend_from_slice(line.as_bytes());
    }
    if list.len() == first.len() {
        return Some(first.clone());
    }
    HeaderValue::from_bytes(&list).ok()
}

/// `version-traceid-parentid-flags`; versions after 00 may append fields.
fn is_valid(traceparent: &HeaderValue) -> bool {
    let Ok(text) = traceparent.to_str() else {
        return false;
    };
    let mut fields = text.splitn(5, '-');
    let mut field = || fields.next().unwrap_or_default();
    let version = field();
    let known = is_hex(version, 2) && version != "ff";
    let ids = is_id(field(), 32) && is_id(field(), 16);
    let flags = is_hex(field(), 2);
    let more = fields.next().is_some();
    known && ids && flags && !(more && version == "00")
}

/// An id of zeros only means "none".
fn is_id(field: &str, digits: usize) -> bool {
    is_hex(field, digits) && field.bytes().any(|byte| byte != b'0')
}

fn is_hex(field: &str, digits: usize) -> bool {
    field.len() == digits
        && field
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn only_a_valid_traceparent_counts() {
        let table = [
            (format!("00-{TRACE}-00f067aa0ba902b7-01"), true, "valid"),
            (
                format!("01-{TRACE}-00f067aa0ba902b7-01-x"),
                true,
                "later version, more fields",
            ),
            (
                format!("00-{TRACE}-00f067aa0ba902b7-01-x"),
                false,
                "version 00 with more fields",
            ),
            (
                format!("ff-{TRACE}-00f067aa0ba902b7-01"),
                false,
                "forbidden version",
            ),
            (
                format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
                false,
                "zero trace id",
            ),
            (
                format!("00-{TRACE}-0000000000000000-01"),
                false,
                "zero parent id",
            ),
            (
                format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
                false,
                "upper case",
            ),
            (format!("00-{TRACE}-00f067aa0ba902b7"), false, "no flags"),
            ("garbage".to_owned(), false, "garbage"),
        ];
        for (value, valid, why) in table {
            let inbound = Inbound::of(&headers(&[(TRACEPARENT, &value)]));

            let trace = inbound.as_ref().map(Inbound::trace_id);
            assert_eq!(trace, valid.then_some(TRACE), "{why}");
        }
    }

    #[test]
    fn two_traceparents_are_none() {
        let value = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let twice = headers(&[(TRACEPARENT, &value), (TRACEPARENT, &value)]);

        assert_eq!(Inbound::of(&twice), None);
    }

    #[test]
    fn the_caller_s_span_is_read_with_its_state() {
        let value = format!("00-{TRACE}-00f067aa0ba902b7-01");
        for (states, header, why) in [
            (vec![], "", "none"),
            (vec!["a=1", "b=2"], "a=1,b=2", "two lines are one list"),
            (vec!["a=1,garbage"], "", "malformed"),
        ] {
            let mut pairs = vec![(TRACEPARENT, value.as_str())];
            pairs.extend(states.into_iter().map(|state| (TRACESTATE, state)));

            let span = Inbound::of(&headers(&pairs)).unwrap().span();

            assert_eq!(span.trace_id().to_string(), TRACE);
            assert_eq!(span.span_id().to_string(), "00f067aa0ba902b7");
            assert!(span.is_sampled() && span.is_remote() && span.is_valid());
            assert_eq!(span.trace_state().header(), header, "{why}");
        }
    }
}
