//! Bodies of responses on their way through the guard: how long they are, and when they end.

use std::io;

use bytes::Bytes;
use futures_util::StreamExt;
use hyper::body::Body as _;
use poem::{Body, Response};
use tokio_util::sync::CancellationToken;

/// poem's own name for what a [`Body`] holds is private.
pub(super) type BoxBody = http_body_util::combinators::BoxBody<Bytes, io::Error>;

/// Ends the response with `end` if it is a stream; a body of known length is left alone.
pub(super) fn end_stream(response: &mut Response, end: &CancellationToken) {
    let body = BoxBody::from(response.take_body());
    if body.size_hint().exact().is_some() {
        response.set_body(Body::from(body));
        return;
    }
    let stream = Body::from(body)
        .into_bytes_stream()
        .take_until(end.clone().cancelled_owned());
    response.set_body(Body::from_bytes_stream(stream));
}

/// How long the body is, where that is known before it is sent.
pub(super) fn exact_length(body: Body) -> Option<u64> {
    BoxBody::from(body).size_hint().exact()
}
