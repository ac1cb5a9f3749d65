//! Pages of other origins that may call the API.

use poem::{
    Endpoint, EndpointExt, Request, Response, Result,
    http::{HeaderValue, Method, header},
    middleware::{Cors, CorsEndpoint},
};

use crate::app::App;

/// Response headers that a page of an allowed origin may read.
const EXPOSED: [&str; 9] = [
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "retry-after",
    "x-cache",
    "x-correlation-id",
    "x-process-time",
    "x-total-count",
];

/// How long a browser may remember the answer to a preflight.
const PREFLIGHT_VALID_SECONDS: i32 = 3600;

/// The origins whose pages may call, such as `https://shop.example`; `*` stands for every origin.
/// Empty means that no other origin may.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// The given origins, as browsers spell them: scheme, host and, where not the default, port.
    pub fn new(origins: impl IntoIterator<Item = impl Into<String>>) -> Origins {
        Origins(origins.into_iter().map(Into::into).collect())
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed == "*" || origin == allowed.as_str())
    }
}

/// Lets pages of `origins` call `inner` and answers their preflights.
pub(crate) fn allow_origins(inner: App, origins: &Origins) -> App {
    if origins.0.is_empty() {
        return inner;
    }
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let cors = Cors::new()
        .allow_methods(methods)
        .expose_headers(EXPOSED)
        .max_age(PREFLIGHT_VALID_SECONDS);
    App::new(CrossOrigin {
        shared: inner.clone().with(cors),
        inner,
        origins: origins.clone(),
    })
}

struct CrossOrigin {
    origins: Origins,
    shared: CorsEndpoint<App>,
    inner: App,
}

impl CrossOrigin {
    /// A request of an origin that is not allowed is handled like one without an origin: poem
    /// would refuse it, and with it what the API's own pages send, since browsers name the origin
    /// in requests to the same origin, too. It is the missing permission that stops a foreign page.
    fn shares(&self, request: &Request) -> bool {
        let headers = request.headers();
        let preflight = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let allowed = headers
            .get(header::ORIGIN)
            .is_some_and(|origin| self.origins.allow(origin));
        allowed && (preflight || request.method() != Method::OPTIONS)
    }
}

impl Endpoint for CrossOrigin {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = if self.shares(&request) {
            self.shared.call(request).await?
        } else {
            self.inner.call(request).await?
        };
        let varies = response
            .headers()
            .get_all(header::VARY)
            .iter()
            .any(|value| value == "Origin");
        if !varies {
            response
                .headers_mut()
                .append(header::VARY, HeaderValue::from_static("Origin"));
        }
        Ok(response)
    }
}
