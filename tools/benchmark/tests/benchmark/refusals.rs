//! What is said of metrics that are not there.

use std::{net::Ipv4Addr, time::Duration};

use benchmark::server_view::{Scrape, ServerView};
use tokio::net::TcpListener;

use crate::{
    app::Instance,
    client::{DEADLINE, result},
};

#[tokio::test]
async fn an_error_names_the_url_and_what_came() {
    let instance = Instance::start().await;
    let base_url = &instance.base_url;
    let table = [
        (format!("{base_url}/nowhere"), "404 Not Found", "a status"),
        (format!("{base_url}/things"), "is `a thing`", "another text"),
        (format!("{base_url}/things"), "text/plain", "its kind"),
        (
            "http://127.0.0.1:1/metrics".to_owned(),
            "Connection refused",
            "nobody there",
        ),
        (
            "ftp://127.0.0.1/metrics".to_owned(),
            "must begin with http:// or https://",
            "another scheme",
        ),
        (
            "localhost/metrics".to_owned(),
            "must begin with",
            "no scheme",
        ),
        ("http://".to_owned(), "is not a URL", "no host"),
    ];
    for (url, expected, why) in table {
        let error = Scrape::fetch(&url, None, DEADLINE).await.unwrap_err();

        let said = format!("{error:#}");
        assert!(said.contains(&url), "{why}: {said}");
        assert!(said.contains(expected), "{why}: {said}");
        let view = ServerView::unreadable(&url, &error);
        assert!(view.disagreements[0].contains(&said), "{why}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());

    let error = Scrape::fetch(&url, None, Duration::from_millis(50)).await;

    let said = format!("{:#}", error.unwrap_err());
    assert!(
        said.contains(&url) && said.contains("no answer in time"),
        "{said}"
    );
}

#[test]
fn families_that_are_missing_are_named() {
    let url = "http://localhost/metrics";
    let counter = "http_requests_total{method=\"GET\",endpoint=\"/\",status_code=\"200\"} 1";
    let unlabelled = "http_requests_total 1";
    let table: [(&str, &[&str], &str); 3] = [
        (
            "up 1",
            &["http_requests_total", "http_request_duration_seconds"],
            "neither",
        ),
        (
            unlabelled,
            &["endpoint and status_code", "histogram"],
            "without labels",
        ),
        (counter, &["http_request_duration_seconds"], "no histogram"),
    ];
    for (text, expected, why) in table {
        let scrape = Scrape::parse(text).unwrap();

        let view = ServerView::between(url, &scrape, &scrape, &[result("GET", "/")]);

        assert_eq!(view.disagreements.len(), expected.len(), "{why}");
        for (said, expected) in view.disagreements.iter().zip(expected) {
            assert!(said.contains(expected), "{why}: {said}");
            assert!(said.contains(url), "{why}: {said}");
        }
    }
    assert!(Scrape::parse("# TYPE up gauge\n").is_err(), "comments only");
}

#[test]
fn a_process_that_began_later_was_restarted_whatever_it_counted() {
    let scrape = |started: &str, count: u64| {
        let text = format!(
            "process_start_time_seconds {started}\n\
             http_requests_total{{method=\"GET\",endpoint=\"/\",status_code=\"200\"}} {count}\n\
             http_request_duration_seconds_count{{method=\"GET\",endpoint=\"/\"}} {count}"
        );
        Scrape::parse(&text).unwrap()
    };
    let mut asked = result("GET", "/");
    asked.total_requests = 20;
    let asked = [asked];

    let same = ServerView::between(
        "http://localhost/metrics",
        &scrape("1.7e9", 10),
        &scrape("1700000000.01", 30),
        &asked,
    );
    let other = ServerView::between(
        "http://localhost/metrics",
        &scrape("1.7e9", 10),
        &scrape("1700000060", 12),
        &asked,
    );

    assert_eq!(same.disagreements, [""; 0]);
    let said = &other.disagreements[0];
    assert!(
        said.contains("restarted") && said.contains("counted 12"),
        "{said}"
    );
}
