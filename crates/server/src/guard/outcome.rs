//! What the routes made of a request, as the client may see it.

use poem::{
    Error, IntoResponse, Response,
    error::{MethodNotAllowedError, NotFoundError, ParsePathError},
    http::{HeaderMap, StatusCode, header},
};

use telemetry::BodyError;

use crate::problem::Problem;

/// The longest text of a framework's own error that is kept as detail, in bytes.
const MAX_DETAIL_BYTES: usize = 1024;

/// Headers that describe a body which a problem replaces.
const OF_THE_BODY: [header::HeaderName; 5] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::ETAG,
];

/// The answer to an error of the routes: the response it carries, or a problem.
pub(super) fn from_error(error: Error) -> Result<Response, Problem> {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return Err(logged(problem.clone()));
    }
    if error.is_from_response() {
        return Ok(error.into_response());
    }
    let problem = Problem::new(error.status());
    Err(if let Some(wrong) = error.downcast_ref::<BodyError>() {
        problem
            .detail(&wrong.message)
            .error(wrong.pointer, &wrong.message)
    } else if error.is::<NotFoundError>() {
        problem.detail("There is nothing at this path.")
    } else if error.is::<MethodNotAllowedError>() {
        problem.detail("The path does not answer to this method.")
    } else if error.is::<ParsePathError>() {
        Problem::new(StatusCode::NOT_FOUND).detail("There is nothing at this path.")
    } else if error.status().is_server_error() {
        opaque(error.status(), &error.to_string())
    } else {
        problem.detail(error.to_string())
    })
}

/// Gives a failed response what a problem has; others, and JSON of the application's own, pass.
pub(super) async fn complete(mut response: Response, path: &str) -> Response {
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response.set_body(logged(problem).at(path).body());
        return response;
    }
    if is_json(&response) {
        return response;
    }
    let headers = std::mem::take(response.headers_mut());
    let problem = from_text(response, &headers).await.at(path);
    with_headers(problem, headers)
}

async fn from_text(response: Response, headers: &HeaderMap) -> Problem {
    let status = response.status();
    let plain = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let text = match response
        .into_body()
        .into_bytes_limit(MAX_DETAIL_BYTES)
        .await
    {
        Ok(bytes) if plain => String::from_utf8_lossy(&bytes).trim().to_owned(),
        _ => String::new(),
    };
    match text {
        text if status.is_server_error() => opaque(status, &text),
        text if text.is_empty() => Problem::new(status),
        text => Problem::new(status).detail(text),
    }
}

fn with_headers(problem: Problem, headers: HeaderMap) -> Response {
    let mut response = problem.into_response();
    for (name, value) in &headers {
        if !OF_THE_BODY.contains(name) {
            response.headers_mut().append(name, value.clone());
        }
    }
    response
}

fn is_json(response: &Response) -> bool {
    let essence = response
        .content_type()
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    essence.trim() == "application/json" || essence.trim().ends_with("+json")
}

/// A 500 says nothing to its client, so what it has to say is logged here.
fn logged(problem: Problem) -> Problem {
    if problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(exception = problem.internal_detail(), "request failed");
    }
    problem
}

fn opaque(status: StatusCode, internal: &str) -> Problem {
    tracing::error!(
        exception = internal,
        status_code = status.as_u16(),
        "request failed"
    );
    Problem::new(status)
}
