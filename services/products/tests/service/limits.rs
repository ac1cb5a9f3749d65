//! Limits and timeouts, as the whole service keeps them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::app::{App, Request};
use crate::place::{BOTH, Engine};

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_nothing_is_written() {
    let app = App::start_with(Engine::Sqlite, &[("server.max_request_size", "1KiB")]).await;
    let body = json!({"name": "a", "price": 1, "amount": 1, "filler": "x".repeat(2000)});

    app.post(&body).await.expect_problem(413, &["1024"]);

    assert_eq!(app.count().await, 0);
}

#[tokio::test]
async fn a_write_that_outlives_its_request_is_whole_and_counted() {
    for engine in BOTH {
        let app = App::start_with(engine, &[("server.request_timeout", "1ms")]).await;
        let batch = json!(vec![json!({"name": "a", "price": 1, "amount": 1}); 1000]);

        let mut timed_out = 0;
        for _ in 0..5 {
            let status = app.post(&batch).await.status;
            assert!([201, 504].contains(&status), "{status}");
            timed_out += u32::from(status == 504);
        }
        assert!(
            timed_out > 0,
            "{engine:?}: no request took longer than a millisecond"
        );

        let series = "items_created_total{resource=\"products\"}";
        let counted = servers::poll_until("the writes to end", Duration::from_secs(60), || async {
            let metric = app.metric(series).await;
            let listed = app.get("/products?limit=1&count=true").await;
            let count = listed
                .headers
                .get("x-total-count")
                .map(|n| n.to_str().unwrap().to_owned());
            match count {
                Some(count) if count == metric.to_string() && metric > 0.0 => Ok(metric),
                count => Err((metric, count)),
            }
        })
        .await;
        assert_eq!(counted % 1000.0, 0.0, "{engine:?}: a batch was split");
    }
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_problems() {
    let app = App::start(Engine::Sqlite).await;

    app.get("/nothing").await.expect_problem(404, &[]);
    app.get("/products/1/parts").await.expect_problem(404, &[]);
    for (method, path, allow) in [
        (Method::PUT, "/products", "GET, HEAD, POST"),
        (Method::POST, "/products/1", "DELETE, GET, HEAD, PATCH, PUT"),
        (Method::DELETE, "/health", "GET, HEAD"),
        (Method::POST, "/docs", "GET, HEAD"),
    ] {
        let answer = app.send(Request::new(method, path)).await;
        answer.expect_problem(405, &[]);
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn management_routes_move_to_their_own_port() {
    let app = App::start_with(Engine::Sqlite, &[("server.management_port", "0")]).await;

    for path in [
        "/metrics",
        "/health/ready",
        "/livez",
        "/readyz",
        "/startupz",
        "/health/startup",
    ] {
        app.get(path).await.expect_problem(404, &[]);
    }
    app.get("/health").await.expect(200);
    app.get("/health/live").await.expect(200);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_its_body_is_counted_as_gone() {
    let app = App::start(Engine::Sqlite).await;
    let address = app.url.strip_prefix("http://").expect("a URL");
    let mut connection = tokio::net::TcpStream::connect(address)
        .await
        .expect("a connection");
    let half = "POST /products HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
                Content-Length: 100\r\n\r\n{\"name\":";
    connection
        .write_all(half.as_bytes())
        .await
        .expect("room to write");
    connection.shutdown().await.expect("an open connection");
    drop(connection);

    let wanted = [
        "http_requests_total{endpoint=\"/products\",method=\"POST\",status_code=\"499\"} 1",
        "http_request_size_bytes_sum{endpoint=\"/products\",method=\"POST\"} 8",
        "http_response_size_bytes_sum{endpoint=\"/products\",method=\"POST\"} 0",
        "http_response_size_bytes_count{endpoint=\"/products\",method=\"POST\"} 1",
    ];
    servers::poll_until(
        "the departure to be counted, and no answer",
        Duration::from_secs(10),
        || async {
            let scrape = app.get("/metrics").await.expect(200).body;
            let posts: Vec<&str> = scrape
                .lines()
                .filter(|line| line.contains("method=\"POST\""))
                .collect();
            if wanted.iter().all(|series| posts.contains(series)) {
                Ok(())
            } else {
                Err(posts.join("\n"))
            }
        },
    )
    .await;
    assert_eq!(app.count().await, 0);
}
