//! Who a request says it is: the correlation id and the W3C trace id of its headers.

use std::sync::{Arc, OnceLock};

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::context::RequestContext;

/// The header that carries the correlation id both ways.
pub(crate) const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest correlation id taken from outside, in characters.
const MAX_ID_CHARS: usize = 128;

/// Names a request by its headers, and anew where they say nothing acceptable.
pub(crate) fn identify(headers: &HeaderMap) -> RequestContext {
    let mut buffer = Uuid::encode_buffer();
    let fresh: &str = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
    let request_id: Arc<str> = Arc::from(fresh);
    RequestContext {
        correlation_id: inbound_id(headers).map_or_else(|| Arc::clone(&request_id), Arc::from),
        request_id,
        trace_id: inbound_trace(headers).map(Box::from),
        user_id: OnceLock::new(),
    }
}

/// `X-Request-ID` counts only when there is no `X-Correlation-ID` at all.
fn inbound_id(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(CORRELATION_ID)
        .or_else(|| headers.get(REQUEST_ID))
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_acceptable(id))
}

/// The alphabet holds nothing that a log, a header or a shell treats in a special way.
fn is_acceptable(id: &str) -> bool {
    (1..=MAX_ID_CHARS).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte))
}

/// More than one `traceparent` is as good as none (W3C Trace Context §3.2).
fn inbound_trace(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let only = values.next()?;
    if values.next().is_some() {
        return None;
    }
    trace_id(only)
}

/// `version-traceid-parentid-flags`; versions after 00 may append fields.
fn trace_id(traceparent: &HeaderValue) -> Option<&str> {
    let text = traceparent.to_str().ok()?;
    let mut fields = text.splitn(5, '-');
    let version = fields.next().filter(|field| is_hex(field, 2))?;
    let trace = fields.next().filter(|field| is_id(field, 32))?;
    fields.next().filter(|field| is_id(field, 16))?;
    fields.next().filter(|field| is_hex(field, 2))?;
    let more = fields.next().is_some();
    (version != "ff" && !(more && version == "00")).then_some(trace)
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

    fn headers(pairs: &[(&HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn an_acceptable_id_is_kept() {
        let longest = "x".repeat(128);
        let kept = [
            (CORRELATION_ID, "a", "shortest"),
            (CORRELATION_ID, longest.as_str(), "longest"),
            (CORRELATION_ID, "aZ09._:-", "the whole alphabet"),
            (REQUEST_ID, "from-proxy", "the second name"),
        ];
        for (name, id, why) in kept {
            let request = identify(&headers(&[(&name, id)]));

            assert_eq!(&*request.correlation_id, id, "{why}");
            assert_ne!(&*request.request_id, id, "{why}");
        }
    }

    #[test]
    fn anything_else_is_replaced_by_a_new_uuid() {
        let too_long = "x".repeat(129);
        let replaced = [
            ("", "empty"),
            (too_long.as_str(), "too long"),
            ("a b", "blank"),
            ("a\tb", "control"),
            ("{\"a\":1}", "braces"),
            ("../x", "slash"),
        ];
        for (id, why) in replaced {
            let request = identify(&headers(&[(&CORRELATION_ID, id), (&REQUEST_ID, "other")]));

            let uuid = Uuid::parse_str(&request.correlation_id).expect(why);
            assert_eq!(uuid.get_version_num(), 7, "{why}");
            assert_eq!(request.correlation_id, request.request_id, "{why}");
        }
    }

    #[test]
    fn the_correlation_id_goes_before_the_request_id() {
        let request = identify(&headers(&[
            (&REQUEST_ID, "second"),
            (&CORRELATION_ID, "first"),
        ]));

        assert_eq!(&*request.correlation_id, "first");
    }

    #[test]
    fn only_a_valid_traceparent_gives_a_trace_id() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let table = [
            (format!("00-{trace}-00f067aa0ba902b7-01"), true, "valid"),
            (
                format!("01-{trace}-00f067aa0ba902b7-01-x"),
                true,
                "later version, more fields",
            ),
            (
                format!("00-{trace}-00f067aa0ba902b7-01-x"),
                false,
                "version 00 with more fields",
            ),
            (
                format!("ff-{trace}-00f067aa0ba902b7-01"),
                false,
                "forbidden version",
            ),
            (
                format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
                false,
                "zero trace id",
            ),
            (
                format!("00-{trace}-0000000000000000-01"),
                false,
                "zero parent id",
            ),
            (
                format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
                false,
                "upper case",
            ),
            (format!("00-{trace}-00f067aa0ba902b7"), false, "no flags"),
            ("garbage".to_owned(), false, "garbage"),
        ];
        for (value, valid, why) in table {
            let request = identify(&headers(&[(&TRACEPARENT, &value)]));

            assert_eq!(request.trace_id.as_deref(), valid.then_some(trace), "{why}");
        }
    }

    #[test]
    fn two_traceparents_are_none() {
        let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let mut map = HeaderMap::new();
        map.append(TRACEPARENT, HeaderValue::from_static(value));
        map.append(TRACEPARENT, HeaderValue::from_static(value));

        assert!(identify(&map).trace_id.is_none());
    }
}
