//! A small app under the middleware.

use std::io;

use futures_util::stream;
use poem::{
    Body, Endpoint, EndpointExt, Request, Response, Route,
    endpoint::make,
    http::{HeaderMap, Method, StatusCode},
};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};
use tracing::Instrument;

/// A caller's trace, its span and how it introduces them.
pub(crate) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const CALLER: &str = "00f067aa0ba902b7";

/// A caller whose trace is exported.
pub(crate) fn sampled() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// A caller whose trace is not.
pub(crate) fn unsampled() -> String {
    format!("00-{TRACE}-{CALLER}-00")
}

pub(crate) fn get(path: &str) -> poem::RequestBuilder {
    Request::builder().uri_str(path)
}

/// Sends a request through a fresh app.
pub(crate) async fn send(request: Request) -> Response {
    app().get_response(request).await
}

/// The app, for a request that is not to be answered.
pub(crate) fn app() -> impl Endpoint<Output = Response> {
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let spec = |template: &str, quiet| RouteSpec {
        method: Method::GET,
        template: template.to_owned(),
        statuses: vec![200],
        quiet,
    };
    let routes = [
        spec("/things/{id}", false),
        spec("/status/{code}", false),
        spec("/work", false),
        spec("/asks", false),
        spec("/streams", false),
        spec("/stuck", false),
        spec("/panics", false),
        spec("/probe", true),
    ];
    Route::new()
        .at("/things/:id", make(|_| async { "one" }))
        .at(
            "/status/:code",
            make(|request| async move { code(&request) }),
        )
        .at("/work", make(|_| work()))
        .at("/asks", make(|_| async { asks() }))
        .at("/streams", make(|_| async { streamed() }))
        .at("/stuck", make(|_| std::future::pending::<()>()))
        .at("/panics", make(|_| async { give_up() }))
        .at("/probe", make(|_| work()))
        .with(Http::new(&metrics, routes).unwrap())
}

fn code(request: &Request) -> StatusCode {
    request.raw_path_param("code").unwrap().parse().unwrap()
}

/// Work of each kind that can be followed.
async fn work() {
    tracing::info!("Working");
    let stocktaking = async {
        let _: Result<(), ()> = telemetry::trace_cache("redis", "GET", async { Ok(()) }).await;
    };
    stocktaking
        .instrument(tracing::info_span!("stocktaking"))
        .await;
    let spawned = telemetry::spawn(async { tracing::info_span!("afterwards").in_scope(|| {}) });
    spawned.await.unwrap();
}

/// What another service would be sent.
fn asks() -> String {
    let mut headers = HeaderMap::new();
    telemetry::propagate(&mut headers);
    let sent = |name| {
        headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    assert_eq!(
        telemetry::traceparent().unwrap_or_default(),
        sent("traceparent")
    );
    format!("{} {}", sent("traceparent"), sent("tracestate"))
}

/// A body that works while it is sent.
fn streamed() -> Body {
    Body::from_bytes_stream(stream::once(async {
        tracing::info_span!("reading").in_scope(|| Ok::<_, io::Error>("one"))
    }))
}

fn give_up() {
    panic!("the handler gave up");
}
