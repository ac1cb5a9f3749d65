//! Which series there are, and when they move.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use http_body_util::{BodyExt, combinators::BoxBody};
use poem::{
    Endpoint, Request,
    http::{Method, header},
};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};
use tokio::time::timeout;

use crate::{
    app::{App, DEADLINE, Scrape},
    capture::Capture,
    random::Random,
    wire::{Wire, serve},
};

fn requests(method: &str, endpoint: &str, status: u16) -> String {
    labelled("http_requests_total", method, endpoint, status)
}

fn labelled(family: &str, method: &str, endpoint: &str, status: u16) -> String {
    format!(r#"{family}{{endpoint="{endpoint}",method="{method}",status_code="{status}"}}"#)
}

#[tokio::test]
async fn declared_series_exist_before_the_first_request() {
    let scrape = App::new().scrape().await;

    for (method, endpoint, status) in [
        ("GET", "/things", 200),
        ("GET", "/things", 500),
        ("POST", "/things", 201),
        ("GET", "/things/{id}", 200),
        ("GET", "unmatched", 404),
    ] {
        let duration = "http_request_duration_seconds_count";
        assert_eq!(scrape[&requests(method, endpoint, status)], 0.0);
        assert_eq!(scrape[&labelled(duration, method, endpoint, status)], 0.0);
        for family in ["http_request_size_bytes", "http_response_size_bytes"] {
            let sizes = format!(r#"{family}_count{{endpoint="{endpoint}",method="{method}"}}"#);
            assert_eq!(scrape[&sizes], 0.0);
        }
    }
    assert_eq!(scrape["inprogress_requests"], 0.0);
}

#[tokio::test]
async fn strangers_leave_the_number_of_series_as_it_was() {
    let app = App::new();
    let known = ["GET", "PATCH", "TRACE", "BREW"];
    for method in known {
        app.ask(method, "/things/0").await;
    }
    let before: Vec<_> = app.scrape().await.into_keys().collect();

    let mut random = Random::new(1);
    for _ in 0..10_000 {
        let (method, path) = (random.method(), random.path());
        app.ask(&method, &path).await;
        let known = random.one_of(&known);
        app.ask(known, &format!("/things/{}", random.number()))
            .await;
    }

    let after: Vec<_> = app.scrape().await.into_keys().collect();
    assert_eq!(after, before);
}

#[tokio::test]
async fn past_the_limit_new_series_are_dropped_and_requests_answered_all_the_same() {
    let log = Capture::json("info");
    let app = App::limited(0);
    let dropped = "telemetry_series_dropped_total";
    let before = app.scrape().await;

    for _ in 0..3 {
        let response = app.ask("DELETE", "/things").await;
        assert_eq!(response.status(), 405);
    }

    let after = app.scrape().await;
    let series = |scrape: &Scrape| scrape.keys().cloned().collect::<Vec<_>>();
    assert_eq!(series(&after), series(&before));
    // Counter and duration of the one status, and the two sizes.
    assert_eq!(after[dropped] - before[dropped], 4.0);
    assert_eq!(log.said("Request completed").len(), 3);
    assert_eq!(after["inprogress_requests"], 0.0);
}

#[tokio::test]
async fn the_limit_of_requests_is_there_when_somebody_has_said_it() {
    let limit = "http_max_inflight_requests";

    let silent = App::new().scrape().await;
    let limited = App::with(|http| http.max_in_flight(2048)).scrape().await;

    assert_eq!(silent.get(limit), None);
    assert_eq!(limited[limit], 2048.0);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_the_gauge_at_once() {
    let app = App::new();
    let mut client = Wire::connect(serve(app.endpoint()).await).await;
    client
        .send("GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    timeout(DEADLINE, app.stuck.notified()).await.unwrap();
    assert_eq!(app.scrape().await["inprogress_requests"], 1.0);

    drop(client);

    let left = |scrape: &Scrape| scrape["inprogress_requests"] == 0.0;
    let scrape = app.scrape_until(left).await;
    assert_eq!(scrape[&requests("GET", "/stuck", 499)], 1.0);
}

#[tokio::test]
async fn a_request_is_in_progress_until_the_head_of_its_answer() {
    let app = App::new();
    let request = Request::builder().uri_str("/trickle").finish();

    let response = app.endpoint().get_response(request).await;
    let scrape = app.scrape().await;
    drop(response);

    assert_eq!(scrape["inprogress_requests"], 0.0);
    assert_eq!(scrape[&requests("GET", "/trickle", 200)], 1.0);
    let sizes = r#"http_response_size_bytes_count{endpoint="/trickle",method="GET"}"#;
    assert_eq!(scrape[sizes], 0.0, "its body is not through");
    assert_eq!(app.scrape().await[sizes], 1.0);
}

#[tokio::test]
async fn the_last_announced_byte_ends_a_request_however_long_its_body_is_held() {
    let app = App::new();
    for (path, frames) in [("/things", 1), ("/announced", 2)] {
        let request = Request::builder().uri_str(path).finish();
        let response = app.endpoint().get_response(request).await;
        let mut body: BoxBody<_, _> = response.into_body().into();

        for _ in 0..frames {
            body.frame().await.unwrap().unwrap();
        }
        let scrape = app.scrape().await;

        let sizes = |part| {
            let family = "http_response_size_bytes";
            scrape[&format!(r#"{family}_{part}{{endpoint="{path}",method="GET"}}"#)]
        };
        assert_eq!((sizes("count"), sizes("sum")), (1.0, 2.0), "{path}");
    }
}

/// Reads the first piece of an answer and whatever follows it at once, and leaves.
async fn read_a_bit(app: &App, path: &str) {
    let request = Request::builder().uri_str(path).finish();
    let response = app.endpoint().get_response(request).await;
    let mut body: BoxBody<_, _> = response.into_body().into();
    body.frame().await.unwrap().unwrap();
    let _ = body.frame().now_or_never();
}

#[tokio::test]
async fn however_a_request_ends_it_has_one_line_and_its_sizes_once() {
    let log = Capture::json("info");
    let app = App::new();

    app.ask("GET", "/things").await;
    read_a_bit(&app, "/trickle").await;
    read_a_bit(&app, "/broken").await;
    app.abandon().await;
    let panicking = AssertUnwindSafe(app.ask("GET", "/panics")).catch_unwind();
    assert!(panicking.await.is_err());

    let lines = log.said("Request completed");
    let facts: Vec<_> = lines
        .iter()
        .map(|line| (&line["path"], &line["status_code"], &line["response_bytes"]))
        .map(|(path, status, bytes)| format!("{path} {status} {bytes}"))
        .collect();
    let known = [
        r#""/things" 200 2"#,
        r#""/trickle" 200 3"#,
        r#""/broken" 200 3"#,
        r#""/stuck" 499 0"#,
        r#""/panics" 500 0"#,
    ];
    assert_eq!(facts, known);
    let scrape = app.scrape().await;
    for family in ["http_request_size_bytes", "http_response_size_bytes"] {
        let counts = scrape
            .iter()
            .filter(|(series, _)| series.starts_with(&format!("{family}_count")));
        assert_eq!(counts.map(|(_, count)| count).sum::<f64>(), 5.0, "{family}");
    }
}

#[tokio::test]
async fn what_a_stream_logs_has_the_ids_of_its_request() {
    let log = Capture::json("info");

    read_a_bit(&App::new(), "/broken").await;

    let (said, completed) = (log.said("Broken off"), log.said("Request completed"));
    assert_eq!(said[0]["request_id"], completed[0]["request_id"]);
    assert!(said[0]["request_id"].is_string(), "{said:?}");
}

#[tokio::test]
async fn management_requests_are_measured_but_not_in_progress() {
    let app = App::with(|http| http.management(true));

    tokio::select! {
        _ = app.ask("GET", "/stuck") => panic!("the stuck route answered"),
        () = app.stuck.notified() => {
            assert_eq!(app.scrape().await["inprogress_requests"], 0.0);
        }
    }

    let scrape = app.scrape().await;
    assert_eq!(scrape[&requests("GET", "/stuck", 499)], 1.0);
    assert_eq!(scrape["inprogress_requests"], 0.0);
}

#[tokio::test]
async fn a_scrape_has_the_content_type_that_prometheus_demands() {
    let app = App::new();

    let response = app.ask("GET", "/metrics").await;

    let content_type = &response.headers()[header::CONTENT_TYPE];
    assert_eq!(content_type, "text/plain; version=0.0.4");
    let text = response.into_body().into_string().await.unwrap();
    assert!(
        text.contains("# TYPE http_requests_total counter\n"),
        "{text}"
    );
    assert!(
        text.contains("# TYPE http_request_duration_seconds histogram\n"),
        "{text}"
    );
}

#[test]
fn templates_that_cannot_be_told_apart_are_refused() {
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let routes = ["/things/{id}", "/things/{name}"].map(|template| RouteSpec {
        method: Method::GET,
        template: template.to_owned(),
        statuses: Vec::new(),
        quiet: false,
    });

    let error = Http::new(&metrics, routes).map(drop).unwrap_err();

    assert_eq!(error.template, "/things/{name}");
}
