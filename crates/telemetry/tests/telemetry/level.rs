//! The log level at run time.

use std::time::{Duration, Instant};

use poem::{Endpoint, Request, Response, http::Method};
use serde_json::{Value, json};
use telemetry::LogLevel;

use crate::{app::DEADLINE, capture::Capture};

async fn put(level: &LogLevel, content_type: &str, body: &str) -> (u16, String) {
    let request = Request::builder()
        .method(Method::PUT)
        .content_type(content_type)
        .body(body.to_owned());
    text(routes(level).get_response(request).await).await
}

async fn shown(level: &LogLevel) -> Value {
    let (status, body) = text(routes(level).get_response(Request::default()).await).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

fn routes(level: &LogLevel) -> impl Endpoint<Output = Response> {
    poem::get(level.show()).put(level.change())
}

async fn text(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    (status, response.into_body().into_string().await.unwrap())
}

#[tokio::test]
async fn a_change_lets_through_what_its_filter_says() {
    let log = Capture::json("off");
    let level = log.level();
    assert_eq!(shown(&level).await, json!({ "filter": "off" }));
    tracing::error!("Before");

    let change = r#"{"filter":"warn,telemetry=debug"}"#;
    let (status, body) = put(&level, "application/json; charset=utf-8", change).await;
    tracing::debug!("Below the target");
    tracing::info!(target: "elsewhere", "Beside the target");

    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["filter"], "warn,telemetry=debug");
    let seconds = body["reverts_in_seconds"].as_u64().unwrap();
    assert!((1..=300).contains(&seconds), "{body}");
    assert_eq!(shown(&level).await["filter"], body["filter"]);
    let said: Vec<Value> = log.objects();
    let messages: Vec<_> = said.iter().map(|line| &line["message"]).collect();
    assert_eq!(
        messages,
        ["Log level changed for a while", "Below the target"]
    );
    assert_eq!(said[0]["level"], "INFO");
    assert_eq!(said[0]["filter"], "warn,telemetry=debug");
}

#[test]
fn a_change_ends_by_itself_and_says_so() {
    let log = Capture::json("off");
    let level = log.level();

    level
        .set("off,x=trace".parse().unwrap(), Duration::from_secs(3600))
        .unwrap();
    level
        .set("debug".parse().unwrap(), Duration::from_millis(50))
        .unwrap();
    let deadline = Instant::now() + DEADLINE;
    while log.said("Log level is the configured one again").is_empty() {
        assert!(Instant::now() < deadline, "still {:?}", level.current());
        std::thread::yield_now();
    }
    tracing::error!("After");

    let current = level.current();
    assert_eq!(
        (current.filter.to_string().as_str(), current.reverts_in),
        ("off", None)
    );
    assert_eq!(log.objects().len(), 3, "{}", log.text());
}

#[test]
fn a_time_past_all_clocks_changes_nothing() {
    let log = Capture::json("off");
    let level = log.level();

    let refused = level.set("debug".parse().unwrap(), Duration::MAX);
    tracing::error!("After");

    assert_eq!(
        refused.unwrap_err().kind(),
        std::io::ErrorKind::InvalidInput
    );
    assert_eq!(level.current().filter.to_string(), "off");
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn what_cannot_be_understood_changes_nothing() {
    let log = Capture::json("info");
    let level = log.level();
    let json = "application/json";
    for (content_type, body, status, hint) in [
        (
            "text/plain",
            r#"{"filter":"debug"}"#,
            415,
            "application/json",
        ),
        (json, "{", 400, "not JSON"),
        (json, "", 400, "not JSON"),
        (json, r#"{"filter":"debug"} x"#, 400, "not JSON"),
        (json, "[\"debug\",1]", 422, "no object"),
        (json, "{}", 422, "missing field `filter`"),
        (
            json,
            r#"{"filter":1}"#,
            422,
            "filter: invalid type: integer `1`",
        ),
        (
            json,
            r#"{"filter":null}"#,
            422,
            "filter: invalid type: null",
        ),
        (
            json,
            r#"{"filter":"loud"}"#,
            422,
            "`loud` where a level belongs: write a level",
        ),
        (
            json,
            r#"{"filter":"debug","ttl":1}"#,
            422,
            "unknown field `ttl`, expected `filter` or",
        ),
        (
            json,
            r#"{"filter":"a","filter":"b"}"#,
            422,
            "duplicate field `filter`",
        ),
        (
            json,
            r#"{"filter":"debug","ttl_seconds":0}"#,
            422,
            "from 1 to 86400",
        ),
        (
            json,
            r#"{"filter":"debug","ttl_seconds":86401}"#,
            422,
            "from 1 to 86400",
        ),
        (
            json,
            r#"{"filter":"debug","ttl_seconds":-1}"#,
            422,
            "ttl_seconds: invalid value",
        ),
        (
            json,
            r#"{"filter":"debug","ttl_seconds":1.5}"#,
            422,
            "ttl_seconds: invalid type",
        ),
        (
            json,
            r#"{"filter":"debug","ttl_seconds":"1"}"#,
            422,
            "ttl_seconds: invalid type",
        ),
    ] {
        let (answered, text) = put(&level, content_type, body).await;

        assert_eq!(answered, status, "{body}: {text}");
        assert!(text.contains(hint), "{body}: {text}");
    }
    let (answered, _) = put(&level, json, &" ".repeat(20_000)).await;
    assert_eq!(answered, 413);
    assert_eq!(shown(&level).await, json!({ "filter": "info" }));
    assert_eq!(log.text(), "");
}
