//! `GET /metrics`.

use poem::{Endpoint, IntoResponse, Response, Result, endpoint, http::StatusCode};
use prometheus::{Encoder, Registry, TextEncoder};

/// Answers with everything in `registry`. It reads memory only: no I/O, no waiting.
pub(super) fn scrape(registry: Registry) -> impl Endpoint<Output = Response> + 'static {
    poem::get(endpoint::make_sync(move |_| expose(&registry)))
}

fn expose(registry: &Registry) -> Result<Response> {
    let encoder = TextEncoder::new();
    let text = encoder
        .encode_to_string(&registry.gather())
        .map_err(|error| poem::Error::new(error, StatusCode::INTERNAL_SERVER_ERROR))?;
    // Prometheus 3 fails a scrape whose Content-Type it does not know.
    Ok(text
        .with_content_type(encoder.format_type())
        .into_response())
}
