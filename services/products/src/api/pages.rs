//! The pages around the API: what it is, and its documentation. Nothing in them comes from another
//! host.

use poem::{
    Endpoint, IntoEndpoint, Response, Route,
    endpoint::make_sync,
    get,
    http::{StatusCode, header},
};
use poem_openapi::{OpenApi, Tags};
use serde_json::{Value, json};

use super::{
    answer::{Answer, Operation, Reply},
    document,
};

/// The paths of the documentation, all of them `GET`.
pub(super) const PATHS: [&str; 4] = ["/docs", "/redoc", "/openapi.json", "/openapi.yaml"];

/// Lets a page run what it brings and nothing else.
const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; \
                      style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      worker-src 'self' blob:; font-src 'self' data:";

/// The service itself.
pub(super) struct Root {
    /// Whether `/metrics` is on this port.
    pub(super) metrics: bool,
}

#[derive(Tags)]
enum Tag {
    /// What this is and where its pages are.
    Service,
}

/// `readService`.
struct ReadService;

impl Operation for ReadService {
    const ANSWERS: &'static [Answer] = &[Answer {
        status: 200,
        when: "Name, version and links.",
        schema: "Service",
        headers: &[],
    }];
}

#[OpenApi(tag = "Tag::Service")]
impl Root {
    /// Name, version and where the pages are
    #[oai(path = "/", method = "get", operation_id = "readService")]
    async fn read(&self) -> Reply<ReadService> {
        let mut service = json!({
            "service": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "links": {
                "products": "/products",
                "docs": "/docs",
                "openapi": "/openapi.json",
                "health": "/health",
            },
        });
        if self.metrics {
            service["links"]["metrics"] = json!("/metrics");
        }
        Reply::json(StatusCode::OK, service.to_string())
    }
}

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
