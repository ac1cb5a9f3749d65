//! `/loglevel`: the level for people and scripts.

use std::time::Duration;

use poem::{
    Endpoint, Error, IntoResponse, Request, Response, Result,
    endpoint::make,
    error::{ReadBodyError, ResponseError},
    http::{StatusCode, header},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::error::Category;

use super::{CurrentLevel, LogLevel};

/// Enough for the longest sensible filter, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// Long enough to see something happen, short enough to be forgotten safely.
const DEFAULT_TTL_SECONDS: u64 = 300;
const MAX_TTL_SECONDS: u64 = 24 * 60 * 60;
const WHOLE: &str = "";
const FILTER: &str = "/filter";
const TTL: &str = "/ttl_seconds";
const REMEDY: &str = r#"send {"filter":"info,sqlx=debug","ttl_seconds":300}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(deserialize_with = "read_filter")]
    filter: String,
    #[serde(default, deserialize_with = "read_ttl")]
    ttl_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Shown {
    filter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverts_in_seconds: Option<u64>,
}

/// What is wrong with a body of [`LogLevel::change`], and where: the 422 of whoever answers.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct BodyError {
    /// The place in the body, as a JSON Pointer (RFC 6901); empty for the whole.
    pub pointer: &'static str,
    /// What is wrong there, and how to put it right.
    pub message: String,
}

impl ResponseError for BodyError {
    fn status(&self) -> StatusCode {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

impl LogLevel {
    /// Answers `{"filter":"INFO"}`, and `reverts_in_seconds` as well while the filter is a
    /// temporary one. To be mounted for `GET`.
    pub fn show(&self) -> impl Endpoint<Output = Response> + 'static {
        let level = self.clone();
        make(move |_| {
            let level = level.clone();
            async move { Ok::<_, Error>(shown(level.current())) }
        })
    }

    /// Takes `{"filter":"info,sqlx=debug","ttl_seconds":300}` and answers like
    /// [`show`](Self::show); `ttl_seconds` is 1 to 86400, and 300 when it is left out. To be
    /// mounted for `PUT`, behind whatever guards calls that change state.
    ///
    /// It fails with 415 for what is not said to be JSON, 400 for what is none, 413 for more than
    /// 16 KiB, and 422, a [`BodyError`], for anything else that is wrong with the body; the error's
    /// text tells how to put it right.
    pub fn change(&self) -> impl Endpoint<Output = Response> + 'static {
        let level = self.clone();
        make(move |request| {
            let level = level.clone();
            async move {
                let change = read(request).await?;
                let filter = change
                    .filter
                    .parse()
                    .map_err(|error| wrong(FILTER, error))?;
                level
                    .set(filter, ttl(change.ttl_seconds)?)
                    .map_err(|error| {
                        Error::from_string(error.to_string(), StatusCode::SERVICE_UNAVAILABLE)
                    })?;
                Ok::<_, Error>(shown(level.current()))
            }
        })
    }
}

async fn read(mut request: Request) -> Result<Change> {
    if !request.content_type().is_some_and(is_json) {
        return Err(Error::from_string(
            "The Content-Type must be application/json.",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ));
    }
    let body = request.take_body().into_bytes_limit(MAX_BODY_BYTES).await;
    let body = body.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => Error::from_string(
            format!("The body is larger than {MAX_BODY_BYTES} bytes."),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        other => other.into(),
    })?;
    let change = serde_json::from_slice(&body).map_err(|error| match error.classify() {
        Category::Data => misfit(&error),
        _ => Error::from_string(
            format!("The body is not JSON: {error}."),
            StatusCode::BAD_REQUEST,
        ),
    })?;
    // An array of the right values would do as well for serde.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object
        .then_some(change)
        .ok_or_else(|| wrong(WHOLE, format!("the body is no object: {REMEDY}")))
}

/// Errors of serde do not say which field they are about.
fn read_filter<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    String::deserialize(value).map_err(|error| D::Error::custom(format!("filter: {error}")))
}

fn read_ttl<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    Option::deserialize(value).map_err(|error| D::Error::custom(format!("ttl_seconds: {error}")))
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn ttl(seconds: Option<u64>) -> Result<Duration> {
    let seconds = seconds.unwrap_or(DEFAULT_TTL_SECONDS);
    if !(1..=MAX_TTL_SECONDS).contains(&seconds) {
        return Err(wrong(
            TTL,
            format!("ttl_seconds is {seconds}: write a whole number from 1 to {MAX_TTL_SECONDS}"),
        ));
    }
    Ok(Duration::from_secs(seconds))
}

/// What serde says, which begins with the name of a field whose value it could not read.
fn misfit(error: &serde_json::Error) -> Error {
    let message = format!("{error}: {REMEDY}");
    let about = |pointer: &&str| message.starts_with(&format!("{}: ", &pointer[1..]));
    let pointer = [FILTER, TTL].into_iter().find(about);
    wrong(pointer.unwrap_or(WHOLE), message)
}

fn wrong(pointer: &'static str, message: impl ToString) -> Error {
    let message = message.to_string();
    BodyError { pointer, message }.into()
}

fn shown(level: CurrentLevel) -> Response {
    let seconds = |left: Duration| left.as_millis().div_ceil(1000) as u64;
    let shown = Shown {
        filter: level.filter.to_string(),
        reverts_in_seconds: level.reverts_in.map(seconds),
    };
    poem::web::Json(shown)
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response()
}
