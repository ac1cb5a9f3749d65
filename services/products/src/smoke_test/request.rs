//! What is asked.

use std::fmt;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
};
use serde_json::Value;

/// A request, which prints as method and path, and the header that makes it conditional.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    path: String,
    condition: Option<(&'static str, String)>,
    json: Option<Value>,
}

impl Request {
    /// GET.
    pub(super) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// One without a body.
    pub(super) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            condition: None,
            json: None,
        }
    }

    /// With JSON for a body.
    pub(super) fn json(mut self, json: Value) -> Self {
        self.json = Some(json);
        self
    }

    /// On the condition that a header such as `If-Match` states.
    pub(super) fn on(mut self, name: &'static str, etag: &str) -> Self {
        self.condition = Some((name, etag.to_owned()));
        self
    }

    /// As it is sent.
    ///
    /// # Errors
    /// When something in it cannot be sent.
    pub(super) fn to_http(
        &self,
        host: &str,
        token: Option<&HeaderValue>,
    ) -> hyper::http::Result<hyper::Request<Full<Bytes>>> {
        let mut request = hyper::Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(HOST, host)
            .header(
                USER_AGENT,
                concat!("products-smoke-test/", env!("CARGO_PKG_VERSION")),
            );
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, token);
        }
        if let Some((name, etag)) = &self.condition {
            request = request.header(*name, etag);
        }
        let Some(json) = &self.json else {
            return request.body(Full::default());
        };
        request
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(json.to_string()))
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match &self.condition {
            Some((name, etag)) => write!(f, " with {name}: {etag}"),
            None => Ok(()),
        }
    }
}
