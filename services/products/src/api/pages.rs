//! The documentation of the API. Nothing in its pages comes from another host.

use poem::{Endpoint, IntoEndpoint, Response, Route, endpoint::make_sync, get, http::header};
use serde_json::Value;

use super::document;

/// The paths of the documentation, all of them `GET`.
pub(super) const PATHS: [&str; 4] = ["/docs", "/redoc", "/openapi.json", "/openapi.yaml"];

/// Lets a page run what it brings and nothing else.
const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; \
                      style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      worker-src 'self' blob:; font-src 'self' data:";

/// Adds the documentation to a route.
pub(super) fn add_to(route: Route, document: &Value) -> Route {
    let json = document::to_json(document);
    let yaml = document::to_yaml(document);
    let [swagger_ui, redoc] = document::pages(&json);
    route
        .at(PATHS[0], page("text/html; charset=utf-8", swagger_ui))
        .at(
            PATHS[1],
            page("text/html; charset=utf-8", self_contained(&redoc)),
        )
        .at(PATHS[2], page("application/json", json))
        .at(PATHS[3], page("application/yaml", yaml))
}

fn page(
    content_type: &'static str,
    body: String,
) -> impl IntoEndpoint<Endpoint: Endpoint + 'static> {
    let body = bytes::Bytes::from(body);
    get(make_sync(move |_| {
        Response::builder()
            .header(header::CONTENT_TYPE, content_type)
            .header(header::CONTENT_SECURITY_POLICY, POLICY)
            .header(header::CACHE_CONTROL, "no-cache")
            .body(body.clone())
    }))
}

/// ReDoc's page without the font and the logo that it would load from other hosts.
fn self_contained(redoc: &str) -> String {
    let page = without_element(redoc, "<link href=\"https://fonts.googleapis.com", ">");
    page.replace("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:,")
}

fn without_element(page: &str, begin: &str, end: &str) -> String {
    match page.split_once(begin) {
        Some((before, after)) => {
            let after = after.split_once(end).map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => page.to_owned(),
    }
}
