//! How spans get to the collector, or do not.

use serde_json::Value;
use servers::{Manner, poll_until_blocking};
use telemetry::{LogError, LogSettings, TraceError, TraceSettings};

use crate::setup::{DEADLINE, Traced};

#[test]
fn a_span_of_the_service_arrives_with_who_sent_it() {
    let telemetry = Traced::new();

    tracing::info_span!("stocktaking", shelf = 7, aisle = "b").in_scope(|| {});

    let span = telemetry.collector.await_span("stocktaking", DEADLINE);
    assert_eq!(span.kind, "SPAN_KIND_INTERNAL");
    assert_eq!(span.attribute("shelf"), "7");
    assert_eq!(span.attribute("aisle"), "b");
    assert_eq!(span.parent_id, "");
    let resource = |key: &str| span.resource.get(key).cloned().unwrap_or_default();
    assert_eq!(resource("service.name"), "shop");
    assert_eq!(resource("service.version"), "1.2.3");
    assert_eq!(resource("service.instance.id").len(), 36);
    assert_eq!(resource("telemetry.sdk.language"), "rust");
    assert_eq!(resource("process.pid"), std::process::id().to_string());
    assert!(!resource("host.name").is_empty());
}

#[test]
fn the_end_sends_what_is_left_without_waiting_for_more() {
    let telemetry = Traced::new();
    for _ in 0..1300 {
        tracing::info_span!("stocktaking").in_scope(|| {});
    }

    let collector = telemetry.flush();

    assert_eq!(collector.spans().len(), 1300);
}

#[test]
fn spans_below_info_events_and_the_transport_s_own_spans_stay_here() {
    let telemetry = Traced::with("trace", |_| {});

    tracing::debug_span!("detail").in_scope(|| {});
    tracing::info_span!(target: "h2::client", "frame").in_scope(|| {});
    tracing::info_span!("outer").in_scope(|| tracing::info!("said"));

    let spans = telemetry.flush().spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!(spans[0].name, "outer");
    assert_eq!(spans[0].events, [""; 0]);
}

#[test]
fn the_log_s_level_and_the_traces_do_not_touch_each_other() {
    let telemetry = Traced::with("error", |_| {});

    tracing::info_span!("outer").in_scope(|| tracing::info!("too quiet for the log"));

    assert_eq!(telemetry.lines(), Vec::<Value>::new());
    assert_eq!(telemetry.flush().spans().len(), 1);
}

#[test]
fn a_collector_that_is_away_for_a_while_gets_the_spans_later() {
    let telemetry = Traced::new();
    telemetry.collector.be(Manner::Unavailable);
    tracing::info_span!("patient").in_scope(|| {});
    poll_until_blocking("the first attempt", DEADLINE, || {
        (telemetry.collector.calls() > 0).then_some(()).ok_or(())
    });

    telemetry.collector.be(Manner::Kind);

    telemetry.collector.await_span("patient", DEADLINE);
}

#[test]
fn a_refusal_is_not_repeated() {
    let telemetry = Traced::new();
    telemetry.collector.be(Manner::Unwilling);
    tracing::info_span!("unwanted").in_scope(|| {});

    poll_until_blocking("the refusal", DEADLINE, || {
        (telemetry.collector.calls() > 0).then_some(()).ok_or(())
    });

    telemetry.collector.be(Manner::Kind);
    tracing::info_span!("wanted").in_scope(|| {});
    telemetry.collector.await_span("wanted", DEADLINE);

    let collector = telemetry.flush();
    assert_eq!(collector.calls(), 2);
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn neither_spans_nor_the_end_wait_for_a_collector_that_hangs() {
    let telemetry = Traced::new();
    telemetry.collector.be(Manner::Silent);
    for _ in 0..10_000 {
        tracing::info_span!("stocktaking").in_scope(|| {});
    }

    let lines = telemetry.end_within(DEADLINE);

    let last = lines.last().expect("a line");
    assert_eq!(
        last["message"],
        "The trace collector did not answer in time"
    );
    assert_eq!(last["lost_spans"], 10_000);
}

#[test]
fn what_cannot_be_exported_to_is_refused_at_the_start() {
    for (url, ratio) in [
        ("collector:4317", 1.0),
        ("grpc://collector:4317", 1.0),
        ("http://collector:4317", 1.5),
        ("http://collector:4317", f64::NAN),
    ] {
        let settings = TraceSettings {
            otlp_endpoint: Some(url.to_owned()),
            sample_ratio: ratio,
            ..TraceSettings::default()
        };

        let refused =
            telemetry::subscriber(&LogSettings::default(), &settings, std::io::sink(), false);

        let error = refused
            .err()
            .unwrap_or_else(|| panic!("{url} {ratio} is taken"));
        assert!(
            matches!(
                error,
                LogError::Traces(TraceError::Endpoint(_) | TraceError::Ratio(_))
            ),
            "{error}"
        );
    }
}
