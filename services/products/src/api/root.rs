//! `GET /`: what this is and where its pages are.

use poem::http::StatusCode;
use poem_openapi::{OpenApi, Tags};
use serde_json::json;

use super::answer::{Answer, Operation, Reply};

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
