//! What the log says.

use std::{fmt, io};

use poem::{Endpoint, EndpointExt, Request, endpoint::make, http::StatusCode};
use serde_json::{Value, json};
use telemetry::Format;

use crate::{app::App, capture::Capture};

#[track_caller]
fn only(mut lines: Vec<Value>) -> Value {
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[tokio::test]
async fn a_completed_request_is_one_line_with_its_facts() {
    let log = Capture::json("info");
    let app = App::new();

    let request = Request::builder()
        .uri_str("/things/1?token=abc")
        .header("x-correlation-id", "cause-1")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
    app.send(request.finish()).await;

    let line = only(log.objects());
    for (key, value) in [
        ("level", json!("INFO")),
        ("logger", json!("telemetry::http::watch")),
        ("module", json!("telemetry::http::watch")),
        ("message", json!("Request completed")),
        ("correlation_id", json!("cause-1")),
        ("trace_id", json!("4bf92f3577b34da6a3ce929d0e0e4736")),
        ("method", json!("GET")),
        ("path", json!("/things/1")),
        ("endpoint", json!("/things/{id}")),
        ("status_code", json!(200)),
        ("response_bytes", json!(3)),
    ] {
        assert_eq!(line[key], value, "{key} in {line}");
    }
    assert!(line["duration_seconds"].is_f64(), "{line}");
    assert!(line["line"].is_u64() && line["file"].is_string(), "{line}");
    assert_eq!(line["request_id"].as_str().unwrap().len(), 36, "{line}");
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.ends_with('Z') && timestamp.len() == 27, "{line}");
    assert!(
        !log.text().contains("abc"),
        "the query string is in the log"
    );
}

#[tokio::test]
async fn the_start_of_a_request_is_said_at_debug() {
    let log = Capture::json("debug");

    App::new().ask("GET", "/things").await;

    let started = only(log.said("Request started"));
    assert_eq!(started["level"], "DEBUG");
    assert_eq!(started["path"], "/things");
    let completed = only(log.said("Request completed"));
    assert_eq!(started["request_id"], completed["request_id"]);
    assert_eq!(started["correlation_id"], started["request_id"]);
}

#[tokio::test]
async fn probes_are_said_at_debug_only() {
    for (filter, lines) in [("info", 0), ("debug", 2)] {
        let log = Capture::json(filter);
        let app = App::new();

        app.ask("GET", "/probe").await;
        app.ask("HEAD", "/probe").await;

        assert_eq!(log.said("Request completed").len(), lines, "{filter}");
    }
}

#[tokio::test]
async fn an_abandoned_request_is_logged_with_its_id() {
    let log = Capture::json("debug");

    App::new().abandon().await;

    let started = only(log.said("Request started"));
    let completed = only(log.said("Request completed"));
    assert_eq!(completed["status_code"], 499);
    assert_eq!(completed["endpoint"], "/stuck");
    assert_eq!(completed["request_id"], started["request_id"]);
}

#[tokio::test]
async fn a_request_that_the_server_cuts_is_not_taken_for_one_whose_client_left() {
    let log = Capture::json("debug");
    let app = App::new();

    app.cut().await;

    let cut = only(log.said("Request cut: the server stops"));
    let completed = only(log.said("Request completed"));
    assert_eq!(cut["level"], "WARN");
    assert_eq!(
        (&cut["method"], &cut["endpoint"]),
        (&json!("GET"), &json!("/stuck"))
    );
    assert!(cut["duration_seconds"].is_f64(), "{cut}");
    assert_eq!(cut["correlation_id"], completed["correlation_id"]);
    assert_eq!(completed["status_code"], 503);
    let scrape = app.scrape().await;
    assert_eq!(scrape["inprogress_requests"], 0.0);
    let given_up = scrape.keys().find(|series| series.contains("\"499\""));
    assert_eq!(given_up, None);
}

#[tokio::test]
async fn an_answer_that_the_server_cuts_is_logged_as_cut_with_its_status() {
    let log = Capture::json("info");
    let app = App::new();
    let answer = app.endpoint().get_response(get("/trickle")).await;

    telemetry::cutting(|| drop(answer));
    app.ask("GET", "/things").await;

    assert_eq!(
        only(log.said("Request cut: the server stops"))["endpoint"],
        "/trickle"
    );
    let completed = log.said("Request completed");
    let statuses: Vec<_> = completed.iter().map(|line| &line["status_code"]).collect();
    assert_eq!(statuses, [200, 200]);
}

#[tokio::test]
async fn an_answer_in_the_place_of_a_cut_handlers_is_logged_as_cut() {
    let log = Capture::json("info");
    let app = App::new();
    let refusing = make(|_| async {
        telemetry::mark_cut();
        StatusCode::SERVICE_UNAVAILABLE
    });
    let refusing = refusing.with(app.middleware());

    refusing.get_response(get("/things")).await;

    let cut = only(log.said("Request cut: the server stops"));
    assert_eq!(cut["endpoint"], "/things");
    assert_eq!(only(log.said("Request completed"))["status_code"], 503);
}

fn get(path: &str) -> Request {
    Request::builder().uri_str(path).finish()
}

#[tokio::test]
async fn a_stream_is_logged_once_it_is_through_with_its_size() {
    let log = Capture::json("info");

    App::new().ask("GET", "/stream").await;

    assert_eq!(only(log.objects())["response_bytes"], 2);
}

#[tokio::test]
async fn a_spawned_task_still_belongs_to_its_request() {
    let log = Capture::json("info");
    let app = App::new();
    let request = Request::builder().header("x-correlation-id", "cause-2");
    let inside = poem::EndpointExt::with(
        poem::endpoint::make(|_| async {
            assert_eq!(telemetry::correlation_id().as_deref(), Some("cause-2"));
            let plain = tokio::spawn(async { tracing::info!("Left behind") });
            let carried = telemetry::spawn(async { tracing::info!("Carried along") });
            let _ = tokio::join!(plain, carried);
        }),
        app.middleware(),
    );

    poem::Endpoint::get_response(&inside, request.finish()).await;

    assert_eq!(only(log.said("Carried along"))["correlation_id"], "cause-2");
    assert_eq!(only(log.said("Left behind")).get("correlation_id"), None);
    assert_eq!(telemetry::correlation_id(), None);
}

#[test]
fn fields_keep_their_types_and_cannot_pose_as_the_line() {
    let log = Capture::json("info");

    tracing::info!(
        level = "ERROR",
        timestamp = 0,
        whole = -3_i64,
        real = 0.25,
        endless = f64::NAN,
        truth = true,
        none = Option::<u64>::None,
        r#type = "kind",
        "fields"
    );

    let line = only(log.objects());
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["field.level"], "ERROR");
    assert_eq!(line["field.timestamp"], 0);
    assert_eq!(line["whole"], -3);
    assert_eq!(line["real"], 0.25);
    assert_eq!(line["endless"], "NaN");
    assert_eq!(line["truth"], true);
    assert_eq!(line["type"], "kind");
    assert_eq!(line.get("none"), None);
}

#[test]
fn secrets_are_not_written_in_either_format() {
    for format in [Format::Json, Format::Pretty] {
        let log = Capture::new("info", format, true);

        tracing::info!(
            password = "hunter2",
            "Set-Cookie" = "hunter2",
            user.api_key = "hunter2",
            "x"
        );

        let text = log.text();
        assert_eq!(text.matches("***REDACTED***").count(), 3, "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cannot open")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_error_is_written_with_its_causes() {
    let log = Capture::json("info");
    let error = Outer(io::Error::other("disk on fire"));

    tracing::error!(exception = &error as &dyn std::error::Error, "Failed");

    assert_eq!(
        only(log.objects())["exception"],
        "cannot open: disk on fire"
    );
}

#[test]
fn pretty_lines_have_colour_on_a_terminal_only() {
    for (terminal, coloured) in [
        (true, std::env::var_os("NO_COLOR").is_none()),
        (false, false),
    ] {
        let log = Capture::new("info", Format::Pretty, terminal);

        tracing::info!(answer = 42, phrase = "two words", "Hello");

        let text = log.text();
        assert_eq!(text.contains("\u{1b}["), coloured, "{text:?}");
        assert!(text.contains("Hello"), "{text:?}");
        if !terminal {
            assert!(
                text.ends_with("Hello answer=42 phrase=\"two words\"\n"),
                "{text:?}"
            );
        }
    }
}

#[test]
fn an_event_without_a_message_is_named_by_its_summary_or_its_logger() {
    let log = Capture::json("info");

    tracing::info!(summary = "SELECT one", rows = 1);
    tracing::info!(target: "sqlx::query", rows = 1);

    let lines = log.objects();
    assert_eq!(lines[0]["message"], "SELECT one");
    assert_eq!(lines[0]["summary"], "SELECT one");
    assert_eq!(lines[1]["message"], "sqlx::query");
}

#[tokio::test]
async fn who_asks_is_said_from_the_first_time_that_it_is_known() {
    let log = Capture::json("info");
    let app = App::new();
    telemetry::set_user_id("nobody");
    let inside = poem::endpoint::make(|_| async {
        tracing::info!(user_id = 7, "Unknown");
        telemetry::set_user_id("ada");
        telemetry::set_user_id("eve");
        telemetry::spawn(async { tracing::info!(user_id = 7, "Known") })
            .await
            .unwrap();
    });
    let measured = poem::EndpointExt::with(inside, app.middleware());

    poem::Endpoint::get_response(&measured, Request::default()).await;

    let lines = log.objects();
    assert_eq!(lines[0]["user_id"], 7);
    assert_eq!(lines[1]["user_id"], "ada");
    assert_eq!(lines[1]["field.user_id"], 7);
    assert_eq!(lines[2]["user_id"], "ada");
}

#[tokio::test]
async fn a_request_is_one_compact_line_for_people() {
    let log = Capture::new("info", Format::Pretty, false);
    let request = Request::builder()
        .uri_str("/things/1")
        .header("x-correlation-id", "order-17-attempt-2");

    App::new().send(request.finish()).await;

    let text = log.text();
    let words: Vec<&str> = text.split_whitespace().skip(1).collect();
    assert_eq!(words[..4], ["INFO", "GET", "/things/1", "200"], "{text}");
    assert!(words[4].ends_with('s'), "{text}");
    assert_eq!(words[5..], ["3B", "~ttempt-2"], "{text}");
}
