//! What the log of a process says of spans that were lost: the tests start themselves again.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

use std::{env, process::Command, time::Duration};

use serde_json::Value;
use servers::{Collector, Manner, poll_until_blocking};
use telemetry::{Format, LogSettings, TelemetryGuard, TraceSettings};

const CHILD: &str = "TELEMETRY_TEST_CHILD";

const DEADLINE: Duration = Duration::from_secs(20);

fn start(url: String) -> TelemetryGuard {
    let log = LogSettings {
        format: Format::Json,
        ..LogSettings::default()
    };
    let traces = TraceSettings {
        otlp_endpoint: Some(url),
        ..TraceSettings::default()
    };
    telemetry::init(&log, &traces).unwrap()
}

fn make_spans(count: usize) {
    for _ in 0..count {
        tracing::info_span!("stocktaking").in_scope(|| {});
    }
}

/// Runs `scenario` in a process of its own and gives the `lost_spans` of its log lines.
fn losses(test: &str, scenario: impl FnOnce()) -> Option<Vec<(String, u64)>> {
    if env::var_os(CHILD).is_some() {
        scenario();
        return None;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let lines = text.lines().filter(|line| line.starts_with('{'));
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let loss = |line: Value| {
        let lost = line["lost_spans"].as_u64()?;
        Some((line["message"].as_str()?.to_owned(), lost))
    };
    Some(lines.filter_map(loss).collect())
}

fn total(losses: &[(String, u64)]) -> u64 {
    losses.iter().map(|(_, lost)| lost).sum()
}

#[test]
fn spans_that_find_no_collector_at_the_end_are_reported() {
    let Some(losses) = losses(
        "spans_that_find_no_collector_at_the_end_are_reported",
        || {
            let url = Collector::start().unwrap().url();
            let guard = start(url);
            make_spans(700);
            drop(guard);
        },
    ) else {
        return;
    };

    assert_eq!(total(&losses), 700, "{losses:?}");
    assert_eq!(losses.last().unwrap().0, "Traces were lost");
}

#[test]
fn spans_without_room_and_those_left_are_reported_at_the_end() {
    let Some(losses) = losses(
        "spans_without_room_and_those_left_are_reported_at_the_end",
        || {
            let collector = Collector::start().unwrap();
            collector.be(Manner::Silent);
            let guard = start(collector.url());
            make_spans(10_000);
            drop(guard);
        },
    ) else {
        return;
    };

    assert_eq!(total(&losses), 10_000, "{losses:?}");
    let last = "The trace collector did not answer in time";
    assert_eq!(losses.last().unwrap().0, last);
}

#[test]
fn the_end_of_an_outage_reports_what_it_cost() {
    let Some(losses) = losses("the_end_of_an_outage_reports_what_it_cost", || {
        let collector = Collector::start().unwrap();
        collector.be(Manner::Unwilling);
        let guard = start(collector.url());
        make_spans(3);
        poll_until_blocking("the refusal", DEADLINE, || {
            (collector.calls() > 0).then_some(()).ok_or(())
        });
        collector.be(Manner::Kind);
        tracing::info_span!("wanted").in_scope(|| {});
        collector.await_span("wanted", DEADLINE);
        drop(guard);
    }) else {
        return;
    };

    assert_eq!(total(&losses), 3, "{losses:?}");
    assert_eq!(losses.last().unwrap().0, "Traces are exported again");
}

#[test]
fn an_end_in_a_hurry_still_tells_what_was_lost() {
    let Some(losses) = losses("an_end_in_a_hurry_still_tells_what_was_lost", || {
        let collector = Collector::start().unwrap();
        collector.be(Manner::Silent);
        let guard = start(collector.url());
        make_spans(10);
        guard.end_within(Duration::from_millis(300));
    }) else {
        return;
    };

    let last = "The trace collector did not answer in time";
    assert_eq!(losses, [(last.to_owned(), 10)]);
}
