//! `GET /metrics`.

use poem::{Endpoint, IntoResponse, Request, Response, Result, endpoint, http::StatusCode};
use prometheus::{Encoder, TextEncoder};
use tokio::task;

use super::Registry;

/// Answers with everything in `registry`, gathered on a thread for blocking work: collectors read
/// files of the system, and no request waits while a scrape is put into text.
pub(super) fn scrape(registry: Registry) -> impl Endpoint<Output = Response> + 'static {
    poem::get(endpoint::make(move |_: Request| {
        let registry = registry.clone();
        async move {
            let text = task::spawn_blocking(move || expose(&registry)).await;
            let text = text.map_err(poem::error::InternalServerError)??;
            // Prometheus 3 fails a scrape whose Content-Type it does not know.
            Ok::<_, poem::Error>(
                text.with_content_type(TextEncoder::new().format_type())
                    .into_response(),
            )
        }
    }))
}

fn expose(registry: &Registry) -> Result<String> {
    TextEncoder::new()
        .encode_to_string(&registry.gather())
        .map_err(|error| poem::Error::new(error, StatusCode::INTERNAL_SERVER_ERROR))
}
