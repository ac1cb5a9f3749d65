//! What a client reads when a request fails: RFC 9457 `application/problem+json`.

use std::{borrow::Cow, fmt, time::Duration};

use poem::{
    Body, IntoResponse, Response,
    error::ResponseError,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use serde::{Serialize, Serializer};

/// The media type of every error body.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// All that a client is told about a status 500; the log has the rest.
const OPAQUE: &str =
    "The server failed to handle the request. Its log has the details under the correlation id.";

/// A failed request as its client sees it.
///
/// Usable as the error of a handler (`return Err(problem.into())`) and as a response. The guard
/// adds the request's path as `instance`; `correlation_id` is that of the request being handled.
/// The detail of a status 500 is for the log: the client gets a fixed sentence instead.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    kind: Cow<'static, str>,
    title: Option<Cow<'static, str>>,
    detail: Option<String>,
    instance: Option<String>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// One rule that a part of the request breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body, such as `/776/price`.
    pub pointer: String,
    /// The rule, for people.
    pub message: String,
}

impl Problem {
    /// A problem of type `about:blank`, titled with the status' reason phrase.
    pub fn new(status: StatusCode) -> Problem {
        Problem(Box::new(Parts {
            status,
            kind: Cow::Borrowed("about:blank"),
            title: None,
            detail: None,
            instance: None,
            errors: Vec::new(),
            headers: Vec::new(),
        }))
    }

    /// Names the kind of problem by a URI reference, with a title that is the same for all of it.
    pub fn kind(
        mut self,
        uri: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
    ) -> Problem {
        self.0.kind = uri.into();
        self.0.title = Some(title.into());
        self
    }

    /// Says what is wrong with this very request.
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a broken rule and the place in the body that breaks it.
    pub fn error(mut self, pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        self.0.errors.push(FieldError {
            pointer: pointer.into(),
            message: message.into(),
        });
        self
    }

    /// Adds a header to the response.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Problem {
        self.0.headers.push((name, value));
        self
    }

    /// Tells the client when to come back: `Retry-After`, in whole seconds rounded up, at least 1.
    pub fn retry_after(self, delay: Duration) -> Problem {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What this problem says to the log, the detail of a 500 included.
    pub(crate) fn internal_detail(&self) -> &str {
        self.0.detail.as_deref().unwrap_or_default()
    }

    /// The same problem, about the resource at `path`.
    pub(crate) fn at(mut self, path: &str) -> Problem {
        self.0.instance.get_or_insert_with(|| path.to_owned());
        self
    }

    /// The body of the response.
    pub(crate) fn body(&self) -> Body {
        Body::from_json(self).expect("a problem has only string keys")
    }

    fn title(&self) -> &str {
        let reason = || self.0.status.canonical_reason().unwrap_or("Error");
        self.0.title.as_deref().unwrap_or_else(reason)
    }

    fn public_detail(&self) -> Option<&str> {
        match self.0.status {
            StatusCode::INTERNAL_SERVER_ERROR => Some(OPAQUE),
            _ => self.0.detail.as_deref(),
        }
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            r#type: &'a str,
            title: &'a str,
            status: u16,
            #[serde(skip_serializing_if = "Option::is_none")]
            detail: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            instance: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            correlation_id: Option<String>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [FieldError],
        }
        Members {
            r#type: &self.0.kind,
            title: self.title(),
            status: self.0.status.as_u16(),
            detail: self.public_detail(),
            instance: self.0.instance.as_deref(),
            correlation_id: telemetry::correlation_id(),
            errors: &self.0.errors,
        }
        .serialize(serializer)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status.as_u16(), self.title())?;
        match &self.0.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.0.status
    }

    fn as_response(&self) -> Response {
        self.clone().into_response()
    }
}

impl IntoResponse for Problem {
    /// The problem stays with the response as data, for the guard to complete it.
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(self.0.status)
            .header(header::CONTENT_TYPE, PROBLEM_JSON)
            .body(self.body());
        for (name, value) in &self.0.headers {
            response.headers_mut().append(name, value.clone());
        }
        response.set_data(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY)
            .detail("The thing is not valid.")
            .error("/price", "at most 2 fraction digits")
            .at("/things");

        let json = serde_json::to_value(&problem).unwrap();

        assert_eq!(
            json,
            serde_json::json!({
                "type": "about:blank",
                "title": "Unprocessable Entity",
                "status": 422,
                "detail": "The thing is not valid.",
                "instance": "/things",
                "errors": [{"pointer": "/price", "message": "at most 2 fraction digits"}],
            })
        );
    }

    #[test]
    fn a_500_keeps_its_detail_to_itself() {
        let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail("password is hunter2");

        let json = serde_json::to_string(&problem).unwrap();

        assert!(!json.contains("hunter2"), "{json}");
        assert_eq!(problem.internal_detail(), "password is hunter2");
    }

    #[test]
    fn retry_after_is_rounded_up_to_whole_seconds() {
        for (delay_ms, seconds) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (2500, "3")] {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                .retry_after(Duration::from_millis(delay_ms));

            let response = problem.into_response();

            assert_eq!(
                response.header("retry-after"),
                Some(seconds),
                "{delay_ms} ms"
            );
        }
    }
}
