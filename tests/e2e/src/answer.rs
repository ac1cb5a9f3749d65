//! What the service answered.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer with its body read to the end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: String,
    /// What was asked, for messages.
    pub request: String,
}

impl Answer {
    /// Itself, if its status is `status`.
    ///
    /// # Panics
    /// When it is another, with the request and the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.request, self.body);
        self
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}: {error} in {:?}", self.request, self.body),
        }
    }

    /// A header's value, where there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `ETag`.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn etag(&self) -> &str {
        let etag = self.header("etag");
        etag.unwrap_or_else(|| panic!("{}: no ETag in {:?}", self.request, self.headers))
    }

    /// The product's id.
    ///
    /// # Panics
    /// When the body is no product.
    #[track_caller]
    pub fn id(&self) -> u64 {
        let id = self.json()["id"].as_u64();
        id.unwrap_or_else(|| panic!("{}: no id in {}", self.request, self.body))
    }

    /// The path and query of the `Link` to `relation`, where there is one.
    pub fn link(&self, relation: &str) -> Option<String> {
        let wanted = format!("rel=\"{relation}\"");
        let link = self
            .header("link")?
            .split(", ")
            .find(|link| link.contains(&wanted))?;
        let target = link.split_once('<')?.1.split_once('>')?.0;
        let path = match target.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/')?..],
            None => target,
        };
        Some(path.to_owned())
    }

    /// The body as an RFC 9457 problem with this status, every promised member in place.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let context = format!("{}: {} {}", self.request, self.status, self.body);
        assert_eq!(self.status, status, "{context}");
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(
            media_type.starts_with("application/problem+json"),
            "{media_type:?}: {context}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{context}");
        for member in ["type", "title", "detail", "instance", "correlation_id"] {
            assert!(problem[member].is_string(), "no {member}: {context}");
        }
        let correlation = self.header("x-correlation-id");
        assert_eq!(problem["correlation_id"].as_str(), correlation, "{context}");
        problem
    }

    /// The pointers of a 422 problem's errors.
    ///
    /// # Panics
    /// When it is no such problem.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("no errors: {}", self.body));
        let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
        errors.iter().map(pointer).collect()
    }
}
