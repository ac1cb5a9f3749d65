//! Who a request says it is: the correlation id and the W3C trace context of its headers.

use std::{
    ops::Deref,
    str,
    sync::{OnceLock, atomic::AtomicBool},
};

use poem::http::{HeaderMap, HeaderName};
use uuid::{NoContext, Timestamp, Uuid, fmt::Hyphenated};

use crate::{context::RequestContext, traces::Inbound};

/// The header that carries the correlation id both ways.
pub(crate) const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest correlation id taken from outside, in characters.
const MAX_ID_CHARS: usize = 128;

/// The text of a UUID.
#[derive(Debug)]
pub(crate) struct RequestId([u8; Hyphenated::LENGTH]);

impl RequestId {
    /// A UUID of version 7: time first, then chance. The order within a millisecond is of no
    /// account, and what would keep it is a lock that all requests share.
    fn new() -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        let id = Uuid::new_v7(Timestamp::now(NoContext));
        id.hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl Deref for RequestId {
    type Target = str;

    fn deref(&self) -> &str {
        str::from_utf8(&self.0).expect("hexadecimal digits and hyphens are UTF-8")
    }
}

/// Names a request by its headers, and anew where they say nothing acceptable.
pub(crate) fn identify(headers: &HeaderMap) -> RequestContext {
    RequestContext {
        inbound_id: inbound_id(headers).map(Box::from),
        request_id: RequestId::new(),
        inbound: Inbound::of(headers),
        span: None,
        user_id: OnceLock::new(),
        cut: AtomicBool::new(false),
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

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

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

            assert_eq!(request.correlation_id(), id, "{why}");
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

            let uuid = Uuid::parse_str(request.correlation_id()).expect(why);
            assert_eq!(uuid.get_version_num(), 7, "{why}");
            assert_eq!(request.correlation_id(), &*request.request_id, "{why}");
        }
    }

    #[test]
    fn the_correlation_id_goes_before_the_request_id() {
        let request = identify(&headers(&[
            (&REQUEST_ID, "second"),
            (&CORRELATION_ID, "first"),
        ]));

        assert_eq!(request.correlation_id(), "first");
    }
}
