//! Spans of requests, and what is below them.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use poem::{Endpoint, Request, http::Method};
use servers::Span;

use crate::{
    app::{self, CALLER, TRACE, get, sampled, send, unsampled},
    setup::Traced,
};

#[track_caller]
fn only(spans: Vec<Span>) -> Span {
    assert_eq!(spans.len(), 1, "{spans:#?}");
    spans.into_iter().next().unwrap()
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("no span {name}: {spans:#?}"))
}

#[tokio::test]
async fn a_request_is_described_by_the_semantic_conventions() {
    let telemetry = Traced::new();
    let request = get("/things/7?colour=red")
        .header("host", "shop.example:8000")
        .header("user-agent", "curl/8")
        .header("x-correlation-id", "cause-1");

    send(request.finish()).await;

    let span = only(telemetry.flush().spans());
    assert_eq!(span.name, "GET /things/{id}");
    assert_eq!(span.kind, "SPAN_KIND_SERVER");
    assert_eq!(span.status, "STATUS_CODE_UNSET");
    assert_eq!(span.parent_id, "");
    assert!(span.start <= span.end, "{span:?}");
    let attributes: Vec<_> = span.attributes.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        attributes,
        [
            ("correlation_id", "cause-1"),
            ("http.request.method", "GET"),
            ("http.response.status_code", "200"),
            ("http.route", "/things/{id}"),
            ("network.protocol.version", "1.1"),
            ("server.address", "shop.example"),
            ("server.port", "8000"),
            ("url.path", "/things/7"),
            ("url.query", "colour=red"),
            ("url.scheme", "http"),
            ("user_agent.original", "curl/8"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_known_makes_no_new_names() {
    let telemetry = Traced::new();
    let brew = Method::from_bytes(b"BREW").unwrap();

    send(get("/nowhere/1").finish()).await;
    send(
        Request::builder()
            .method(brew)
            .uri_str("/things/7")
            .finish(),
    )
    .await;

    let spans = telemetry.flush().spans();
    let stranger = named(&spans, "GET");
    assert_eq!(stranger.attribute("http.response.status_code"), "404");
    assert_eq!(stranger.attributes.get("http.route"), None);
    let brewing = named(&spans, "HTTP /things/{id}");
    assert_eq!(brewing.attribute("http.request.method"), "_OTHER");
    assert_eq!(brewing.attribute("http.request.method_original"), "BREW");
}

#[tokio::test]
async fn only_a_fault_of_this_side_is_an_error() {
    for (path, status, kind, why) in [
        ("/status/404", "404", "", "the client's mistake"),
        ("/status/500", "500", "500", "a fault"),
        ("/status/503", "503", "503", "an overload"),
        ("/stuck", "499", "", "the client left"),
        ("/panics", "500", "500", "a panic"),
    ] {
        let telemetry = Traced::new();

        // Asked once and left; a panic is caught as a server would.
        let _ = AssertUnwindSafe(send(get(path).finish()))
            .catch_unwind()
            .now_or_never();

        let span = only(telemetry.flush().spans());
        assert_eq!(span.attribute("http.response.status_code"), status, "{why}");
        assert_eq!(span.attribute("error.type"), kind, "{why}");
        let is_error = span.status == "STATUS_CODE_ERROR";
        assert_eq!(is_error, !kind.is_empty(), "{why}: {}", span.status);
    }
}

#[tokio::test]
async fn the_caller_s_span_is_the_parent() {
    let telemetry = Traced::new();
    let request = get("/things/7")
        .header("traceparent", sampled())
        .header("tracestate", "vendor=1");

    let response = send(request.finish()).await;

    let span = only(telemetry.flush().spans());
    assert_eq!(span.trace_id, TRACE);
    assert_eq!(span.parent_id, CALLER);
    assert_eq!(span.trace_state, "vendor=1");
    let own = format!("00-{TRACE}-{}-01", span.span_id);
    assert_eq!(response.header("traceparent"), Some(own.as_str()));
}

#[tokio::test]
async fn work_is_below_its_request_wherever_it_runs() {
    let telemetry = Traced::new();

    send(get("/work").finish()).await;

    let spans = telemetry.flush().spans();
    assert_eq!(spans.len(), 4, "{spans:#?}");
    let request = named(&spans, "GET /work");
    for (child, parent) in [
        ("stocktaking", request),
        ("GET", named(&spans, "stocktaking")),
        ("afterwards", request),
    ] {
        let child = named(&spans, child);
        assert_eq!(child.trace_id, request.trace_id, "{child:?}");
        assert_eq!(child.parent_id, parent.span_id, "{child:?}");
    }
}

#[tokio::test]
async fn a_cache_operation_is_a_client_s_span_and_its_failure_an_error() {
    let telemetry = Traced::new();

    let kept = telemetry::trace_cache("redis", "GET", async { Ok::<_, std::fmt::Error>(7) }).await;
    let failed: Result<(), _> =
        telemetry::trace_cache("redis", "SET", async { Err(std::fmt::Error) }).await;

    assert_eq!((kept, failed), (Ok(7), Err(std::fmt::Error)));
    let spans = telemetry.flush().spans();
    for (name, kind, status) in [
        ("GET", "", "STATUS_CODE_UNSET"),
        ("SET", "core::fmt::Error", "STATUS_CODE_ERROR"),
    ] {
        let span = named(&spans, name);
        assert_eq!(span.kind, "SPAN_KIND_CLIENT");
        assert_eq!(span.attribute("db.system.name"), "redis");
        assert_eq!(span.attribute("db.operation.name"), name);
        assert_eq!(span.attribute("error.type"), kind);
        assert_eq!(span.status, status);
    }
}

#[tokio::test]
async fn what_is_exported_is_up_to_the_caller_and_then_to_the_ratio() {
    let caller = Some(sampled());
    let other = Some(unsampled());
    for (path, ratio, caller, spans, why) in [
        ("/work", 1.0, &None, 4, "all of our own"),
        ("/work", 0.0, &None, 0, "none of our own"),
        ("/work", 0.0, &caller, 4, "the caller's is exported"),
        ("/work", 1.0, &other, 0, "the caller's is not"),
        ("/probe", 1.0, &None, 0, "a probe"),
        ("/probe", 0.0, &caller, 4, "a probe that is asked for"),
    ] {
        let telemetry = Traced::with("info", |settings| settings.sample_ratio = ratio);
        let mut request = get(path);
        if let Some(caller) = caller {
            request = request.header("traceparent", caller);
        }

        let response = send(request.finish()).await;

        let traceparent = response.header("traceparent").expect(why);
        let flags = if spans > 0 { "-01" } else { "-00" };
        assert!(traceparent.ends_with(flags), "{why}: {traceparent}");
        assert!(!traceparent.contains(CALLER), "{why}: {traceparent}");
        assert_eq!(telemetry.flush().spans().len(), spans, "{why}");
    }
}

#[tokio::test]
async fn about_the_asked_for_share_of_traces_is_exported_and_each_whole() {
    let telemetry = Traced::with("off", |settings| settings.sample_ratio = 0.25);
    let app = app::app();

    for _ in 0..400 {
        app.get_response(get("/work").finish()).await;
    }

    let spans = telemetry.flush().spans();
    // Three standard deviations of the binomial distribution are 26.
    assert!((60..=140).contains(&(spans.len() / 4)), "{}", spans.len());
    assert_eq!(spans.len() % 4, 0, "{}", spans.len());
}

#[tokio::test]
async fn a_service_that_is_asked_learns_of_the_trace() {
    let telemetry = Traced::new();
    let request = get("/asks")
        .header("traceparent", sampled())
        .header("tracestate", "vendor=1");

    let sent = send(request.finish())
        .await
        .into_body()
        .into_string()
        .await
        .unwrap();

    let span = only(telemetry.flush().spans());
    assert_eq!(sent, format!("00-{TRACE}-{}-01 vendor=1", span.span_id));
}

#[tokio::test]
async fn log_lines_have_the_ids_of_their_span() {
    let telemetry = Traced::new();

    send(get("/work").finish()).await;
    tracing::info_span!("alone").in_scope(|| tracing::info!(span_id = "forged", "Outside"));

    let [working, completed, outside] =
        ["Working", "Request completed", "Outside"].map(|message| telemetry.line(message));
    let spans = telemetry.flush().spans();
    let request = named(&spans, "GET /work");
    let alone = named(&spans, "alone");
    for (line, span) in [(working, request), (completed, request), (outside, alone)] {
        assert_eq!(line["trace_id"], *span.trace_id, "{line}");
        assert_eq!(line["span_id"], *span.span_id, "{line}");
    }
}

#[tokio::test]
async fn without_an_endpoint_the_caller_s_trace_is_passed_on_unchanged() {
    let telemetry = Traced::with("info", |settings| settings.otlp_endpoint = None);
    let theirs = format!("01-{TRACE}-{CALLER}-03-more");
    let request = get("/asks")
        .header("traceparent", &theirs)
        .header("tracestate", "vendor=1");

    let response = send(request.finish()).await;

    assert_eq!(response.header("traceparent"), Some(theirs.as_str()));
    let sent = response.into_body().into_string().await.unwrap();
    assert_eq!(sent, format!("{theirs} vendor=1"));
    let line = telemetry.line("Request completed");
    assert_eq!(line["trace_id"], TRACE);
    assert_eq!(line.get("span_id"), None);
    assert!(tracing::info_span!("stocktaking").is_disabled());
    assert_eq!(telemetry.flush().calls(), 0);
}

#[tokio::test]
async fn work_of_a_body_that_is_being_sent_is_below_its_request() {
    let telemetry = Traced::new();

    let body = send(get("/streams").finish()).await.into_body();
    assert_eq!(body.into_string().await.unwrap(), "one");

    let spans = telemetry.flush().spans();
    let request = named(&spans, "GET /streams");
    let reading = named(&spans, "reading");
    assert_eq!(reading.trace_id, request.trace_id);
    assert_eq!(reading.parent_id, request.span_id);
}

#[tokio::test]
async fn long_texts_of_a_client_keep_no_span_from_arriving() {
    let telemetry = Traced::new();
    let app = app::app();

    for _ in 0..600 {
        let path = format!("/things/{}?q={}", "p".repeat(8000), "q".repeat(8000));
        let request = get(&path).header("user-agent", "a".repeat(9000));
        app.get_response(request.finish()).await;
    }

    let spans = telemetry.flush().spans();
    assert_eq!(spans.len(), 600);
    for key in ["url.path", "url.query", "user_agent.original"] {
        let text = spans[0].attribute(key);
        assert!(text.ends_with('…'), "{key}: {text}");
        assert_eq!(text.len(), 2048 + '…'.len_utf8(), "{key}");
    }
}

#[tokio::test]
async fn a_trace_state_leaves_whole_or_not_at_all() {
    let long = format!("shop={}", "s".repeat(4000));
    for (state, left, why) in [
        ("shop=7", "shop=7", "an ordinary one"),
        ("shop=7,token=hunter2", "", "with a secret"),
        (&*long, "", "too long"),
    ] {
        let telemetry = Traced::new();
        let request = get("/things/7")
            .header("traceparent", sampled())
            .header("tracestate", state);

        send(request.finish()).await;

        let collector = telemetry.flush();
        assert_eq!(collector.spans().len(), 1, "{why}");
        let left = format!("trace_state: {left:?}");
        assert!(
            collector.heard().contains(&left),
            "{why}: {}",
            collector.heard()
        );
        assert!(!collector.heard().contains("hunter2"), "{why}");
    }
}
