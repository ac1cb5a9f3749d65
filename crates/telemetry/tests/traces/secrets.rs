//! What must never reach a collector.

use opentelemetry::{KeyValue, trace::Status};
use servers::Collector;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{
    app::{get, send},
    setup::{DEADLINE, Traced},
};

/// Stands for everything that nobody may read.
const SECRET: &str = "hunter2";

/// A span with the secret in every place that a span has.
fn plant(address: &str) {
    let span = tracing::info_span!(
        "login",
        otel.name = format!("login password={SECRET}"),
        password = SECRET,
        user.api_key = SECRET,
        "Set-Cookie" = SECRET,
        address,
        body = format!("{{\"user\":{{\"token\":\"{SECRET}\"}}}}"),
        header = ?("authorization", format!("Bearer {SECRET}")),
        harmless = "kept",
    );
    span.set_status(Status::error(format!("secret={SECRET}")));
    let attributes = || vec![KeyValue::new("db_password", SECRET)];
    span.add_event(format!("token: {SECRET}"), attributes());
    let list = vec![opentelemetry::StringValue::from(format!("cookie={SECRET}"))];
    span.set_attribute("list", opentelemetry::Value::Array(list.into()));
    span.set_attribute("long", format!("{}&token={SECRET}", "x".repeat(9000)));
    span.set_attribute("cut", format!("{} token={SECRET}", "x".repeat(2036)));
    let other = tracing::info_span!("other");
    let other = opentelemetry::trace::TraceContextExt::span(&other.context())
        .span_context()
        .clone();
    span.add_link_with_attributes(other, attributes());
}

#[tokio::test]
async fn secrets_in_spans_do_not_reach_the_collector() {
    let telemetry = Traced::new();

    plant(&format!("postgres://ada:{SECRET}@db/shop"));
    let request = get(&format!(
        "/things/7?token={SECRET}&colour=red&q=%7B%22ssn%22%3A%22{SECRET}%22%7D"
    ))
    .header("user-agent", format!("curl https://ada:{SECRET}@shop"))
    .header("authorization", format!("Bearer {SECRET}"))
    .header("cookie", format!("session={SECRET}"));
    send(request.finish()).await;

    let collector = telemetry.flush();
    let login = collector.await_span("login password=***REDACTED***", DEADLINE);
    assert_eq!(login.attribute("harmless"), "kept");
    assert_eq!(login.attribute("password"), "***REDACTED***");
    let cut = login.attribute("cut");
    assert!(cut.ends_with(" token=***REDACTED***…"), "{cut}");
    let request = collector.await_span("GET /things/{id}", DEADLINE);
    assert_eq!(
        request.attribute("url.query"),
        "token=***REDACTED***&colour=red&q=%7B%22ssn%22%3A%22***REDACTED***%22%7D"
    );
    assert!(!collector.heard().contains(SECRET), "{}", collector.heard());
}

#[test]
fn credentials_of_the_endpoint_are_sent_to_it_and_told_to_nobody() {
    let collector = Collector::start().unwrap();
    let url = format!("http://ada:{SECRET}@{}", collector.address());
    let telemetry = Traced::with("trace", |settings| {
        settings.otlp_endpoint = Some(url.clone())
    });

    tracing::info_span!("login").in_scope(|| {});
    collector.await_span("login", DEADLINE);

    assert!(
        collector.heard().contains("Basic YWRhOmh1bnRlcjI="),
        "{}",
        collector.heard()
    );
    let settings = telemetry::TraceSettings {
        otlp_endpoint: Some(url),
        ..telemetry::TraceSettings::default()
    };
    assert!(!format!("{settings:?}").contains(SECRET), "{settings:?}");
    assert_eq!(telemetry.lines(), Vec::<serde_json::Value>::new());
}
