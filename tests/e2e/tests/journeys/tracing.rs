//! Requests followed by an OpenTelemetry collector.

mod reads;

use std::net::TcpListener;
use std::time::Duration;

use e2e::{Launch, Store};
use reqwest::Method;
use serde_json::Value;
use servers::{Collector, Manner, Span};

const DEADLINE: Duration = Duration::from_secs(30);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const BODY: &str = r#"{"name":"Followed","price":1,"amount":1}"#;

fn launch(endpoint: &str) -> Launch {
    Launch::new().set("tracing.otlp_endpoint", endpoint)
}

/// The lines that the service wrote.
fn lines(output: &str) -> Vec<Value> {
    let objects = output.lines().filter(|line| line.starts_with('{'));
    objects
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[track_caller]
fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("no span {name}: {spans:#?}"))
}

async fn follow(store: &Store, system: &str) {
    let collector = Collector::start().expect("a free port");
    let transport = "debug,h2=trace,hyper=trace,hyper_util=trace,tonic=trace,tower=trace";
    let launch = launch(&collector.url())
        .set("log.level", transport)
        // Nobody reads it: the limits of spans are the product's own.
        .variable("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0");
    let service = launch.set("tracing.service_name", "shop").on(store).await;
    let api = service.client();
    let creation = api.creation(BODY);
    let traced = creation.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));

    let answer = api.send(traced).await.expect(201);
    api.send(api.request(Method::GET, "/health/ready"))
        .await
        .expect(200);
    service.terminate();
    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let spans = collector.spans();
    let request = named(&spans, "POST /products");
    assert_eq!(request.trace_id, TRACE);
    assert_eq!(request.parent_id, CALLER);
    assert_eq!(request.attribute("http.response.status_code"), "201");
    assert_eq!(request.attribute("client.address"), "127.0.0.1");
    assert_eq!(request.resource["service.name"], "shop");
    assert_eq!(
        request.resource["service.version"],
        env!("CARGO_PKG_VERSION")
    );
    let insert = named(&spans, "INSERT products");
    assert_eq!(insert.trace_id, TRACE);
    assert_eq!(insert.parent_id, request.span_id);
    assert_eq!(insert.attribute("db.system.name"), system);
    let purge = named(&spans, "purge_idempotency_keys");
    let delete = named(&spans, "DELETE idempotency_keys");
    assert_eq!(delete.trace_id, purge.trace_id);
    let own = format!("00-{TRACE}-{}-01", request.span_id);
    assert_eq!(answer.header("traceparent"), Some(own.as_str()));
    let probes = spans.iter().any(|span| span.name.contains("/health"));
    assert!(!probes, "{spans:#?}");
    said(&lines(&ended.stdout), request);
}

/// The log tells of the same request, and nothing of the transport.
#[track_caller]
fn said(lines: &[Value], request: &Span) {
    let of_trace: Vec<_> = lines
        .iter()
        .filter(|line| line["trace_id"] == TRACE)
        .collect();
    let completed = of_trace
        .iter()
        .find(|line| line["message"] == "Request completed");
    let completed = completed.expect("the request's line has the trace id");
    assert_eq!(completed["span_id"], *request.span_id, "{completed}");
    for line in lines {
        let logger = line["logger"].as_str().unwrap_or_default();
        let origin = logger.split("::").next().unwrap_or_default();
        assert!(
            !["h2", "hyper_util", "tonic", "tower"].contains(&origin),
            "the transport speaks: {line}"
        );
    }
}

#[tokio::test]
async fn a_request_is_followed_to_its_statement_on_sqlite() {
    follow(&Store::Sqlite, "sqlite").await;
}

#[tokio::test]
async fn a_request_is_followed_to_its_statement_on_postgres() {
    follow(&Store::postgres(), "postgresql").await;
}

#[tokio::test]
async fn a_collector_that_is_not_there_costs_a_warning() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://ada:hunter2@{}", port.local_addr().unwrap());
    drop(port);
    let mut service = launch(&endpoint).on(&Store::Sqlite).await;
    let api = service.client();

    for _ in 0..20 {
        api.send(api.creation(BODY)).await.expect(201);
    }
    service.await_output("Cannot export traces", 1).await;
    service.terminate();
    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let lines = lines(&ended.stdout);
    let warnings: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "Cannot export traces")
        .collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["level"], "WARN");
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
}

#[tokio::test]
async fn a_collector_that_hangs_holds_up_nothing() {
    let collector = Collector::start().unwrap();
    collector.be(Manner::Silent);
    let service = launch(&collector.url()).on(&Store::Sqlite).await;
    let api = service.client();
    api.send(api.creation(BODY)).await.expect(201);
    servers::poll_until("the export that hangs", DEADLINE, || async {
        (collector.calls() > 0).then_some(()).ok_or(())
    })
    .await;

    api.send(api.creation(BODY)).await.expect(201);
    service.terminate();
    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let last = "The trace collector did not answer in time";
    assert!(ended.stdout.contains(last), "{}", ended.stdout);
}

#[tokio::test]
async fn a_collector_with_tls_is_trusted_by_its_authority_only() {
    let (collector, authority) = Collector::start_encrypted().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let path = file.path().to_str().unwrap();

    for (launch, taken) in [
        (launch(&collector.url()), false),
        (
            launch(&collector.url())
                .variable("OTEL_EXPORTER_OTLP_CERTIFICATE", path)
                .variable("OTEL_EXPORTER_OTLP_HEADERS", "api-key=planted"),
            true,
        ),
    ] {
        let service = launch.on(&Store::Sqlite).await;
        let api = service.client();
        api.send(api.creation(BODY)).await.expect(201);
        service.terminate();
        let ended = service.end().await;

        assert_eq!(ended.code, 0, "{}", ended.stdout);
        let spans = collector.spans();
        assert_eq!(!spans.is_empty(), taken, "{}", ended.stdout);
        assert_eq!(collector.heard().contains("planted"), taken);
        let complained = ended.stdout.contains("Cannot export traces");
        assert_eq!(complained, !taken, "{}", ended.stdout);
    }
}
