//! Request bodies: media type, bytes, syntax.

use poem::{
    FromRequest, Request, RequestBody,
    http::{HeaderValue, StatusCode, header},
};
use serde_json::value::RawValue;
use server::Problem;

const JSON: &str = "application/json";
/// The media type of a merge patch (RFC 7396).
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A body of JSON.
pub(super) struct JsonBody(pub(super) Vec<u8>);
/// A body that is a merge patch.
pub(super) struct PatchBody(pub(super) Vec<u8>);

impl<'a> FromRequest<'a> for JsonBody {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        read(request, body, &[JSON]).await.map(Self)
    }
}

impl<'a> FromRequest<'a> for PatchBody {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        read(request, body, &[MERGE_PATCH, JSON]).await.map(Self)
    }
}

async fn read(
    request: &Request,
    body: &mut RequestBody,
    accepted: &[&str],
) -> poem::Result<Vec<u8>> {
    check_media_type(request, accepted)?;
    check_coding(request)?;
    Ok(body.take()?.into_vec().await?)
}

/// Checks that the body is one JSON value (RFC 8259), in UTF-8 and with nothing after it.
pub(super) fn parse(body: &[u8]) -> Result<&RawValue, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST).detail(if body.is_empty() {
            "The body is empty; send JSON.".to_owned()
        } else {
            format!("The body is not valid JSON: {error}.")
        })
    })
}

fn check_media_type(request: &Request, accepted: &[&str]) -> Result<(), Problem> {
    let given = request
        .headers()
        .get(header::CONTENT_TYPE)
        .map(|value| value.to_str());
    let (essence, parameters) = match given {
        Some(Ok(text)) => text.split_once(';').unwrap_or((text, "")),
        Some(Err(_)) | None => ("", ""),
    };
    let known = accepted
        .iter()
        .any(|media_type| media_type.eq_ignore_ascii_case(essence.trim()));
    if known && is_utf8(parameters) {
        return Ok(());
    }
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    Err(problem.detail(format!(
        "Send the body as Content-Type: {}.",
        accepted.join(" or ")
    )))
}

/// Bodies are taken as they are (RFC 9110, 8.4 and 15.5.16).
fn check_coding(request: &Request) -> Result<(), Problem> {
    let codings = request.headers().get_all(header::CONTENT_ENCODING);
    if codings
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Ok(());
    }
    let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        .detail("Send the body without Content-Encoding: it is not decompressed.");
    let identity = HeaderValue::from_static("identity");
    Err(problem.header(header::ACCEPT_ENCODING, identity))
}

/// JSON is UTF-8; a `charset` that says otherwise is refused.
fn is_utf8(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}
