//! The counters against a ledger of what was really sent.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use poem::{
    Endpoint, Response,
    endpoint::BoxEndpoint,
    http::{Method, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use telemetry::{Http, Metrics, MetricsSettings, RouteSpec};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::app::{App, DEADLINE, Scrape};

fn requests(method: &str, endpoint: &str, status: u16) -> String {
    labelled("http_requests_total", method, endpoint, status)
}

fn labelled(family: &str, method: &str, endpoint: &str, status: u16) -> String {
    format!(r#"{family}{{endpoint="{endpoint}",method="{method}",status_code="{status}"}}"#)
}

/// The series of `family` that have moved.
fn moved(scrape: &Scrape, family: &str) -> BTreeMap<String, f64> {
    scrape
        .iter()
        .filter(|(series, value)| series.starts_with(family) && **value != 0.0)
        .map(|(series, value)| (series.replace(family, "http_requests_total"), *value))
        .collect()
}

#[tokio::test]
async fn every_counter_equals_the_ledger_of_a_known_mix() {
    let app = Arc::new(App::new());
    let mix = [
        ("GET", "/things", "/things", 200, 5),
        ("HEAD", "/things", "/things", 200, 2),
        ("POST", "/things?colour=red", "/things", 201, 3),
        ("GET", "/things/1", "/things/{id}", 200, 4),
        ("GET", "/things/99", "/things/{id}", 404, 2),
        ("GET", "/nowhere", "unmatched", 404, 6),
        ("GET", "/things/1/parts", "unmatched", 404, 1),
        ("DELETE", "/things", "/things", 405, 2),
        ("BREW", "/things", "/things", 405, 1),
        ("GET", "/files/a/b/c", "/files/{path}", 200, 2),
    ];
    let mut ledger: BTreeMap<_, f64> = BTreeMap::new();
    for (method, path, endpoint, status, times) in mix {
        for _ in 0..times {
            assert_eq!(
                app.ask(method, path).await.status(),
                status,
                "{method} {path}"
            );
        }
        let label = method.replace("BREW", "OTHER");
        *ledger
            .entry(requests(&label, endpoint, status))
            .or_default() += f64::from(times);
    }
    for _ in 0..3 {
        app.abandon().await;
    }
    ledger.insert(requests("GET", "/stuck", 499), 3.0);
    let panicking = Arc::clone(&app);
    let task = tokio::spawn(async move { panicking.ask("GET", "/panics").await.status() });
    assert!(task.await.unwrap_err().is_panic());
    ledger.insert(requests("GET", "/panics", 500), 1.0);

    let scrape = app.scrape().await;

    assert_eq!(moved(&scrape, "http_requests_total"), ledger);
    assert_eq!(
        moved(&scrape, "http_request_duration_seconds_count"),
        ledger
    );
    assert_eq!(scrape["inprogress_requests"], 0.0);
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
    }
    assert_eq!(scrape["inprogress_requests"], 0.0);
}

#[tokio::test]
async fn strangers_leave_the_number_of_series_as_it_was() {
    let app = App::new();
    let methods = [
        "GET", "POST", "PATCH", "TRACE", "BREW", "get", "M-SEARCH", "X",
    ];
    for method in methods {
        app.ask(method, "/things/0").await;
    }
    let before = app.scrape().await.len();

    // A fixed multiplier makes the same "random" paths in every run.
    let mut seed = 1_u64;
    for method in methods.iter().cycle().take(2_000) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        app.ask(method, &format!("/{seed:x}/{}", seed >> 40)).await;
        app.ask(method, &format!("/things/x{seed:x}")).await;
    }

    assert_eq!(app.scrape().await.len(), before);
}

#[tokio::test]
async fn a_client_that_hangs_up_is_counted_and_leaves_the_gauge() {
    let app = App::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connection = tokio::spawn(serve_one(listener, app.endpoint()));
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).await.unwrap();
    timeout(DEADLINE, app.stuck.notified()).await.unwrap();
    assert_eq!(app.scrape().await["inprogress_requests"], 1.0);

    drop(client);

    timeout(DEADLINE, connection).await.unwrap().unwrap();
    let scrape = app.scrape().await;
    assert_eq!(scrape[&requests("GET", "/stuck", 499)], 1.0);
    assert_eq!(scrape["inprogress_requests"], 0.0);
}

/// Serves one connection to its end with bare hyper. poem's own server polls a connection on
/// after its end and never drops the request of a client that left.
async fn serve_one(listener: TcpListener, endpoint: Arc<BoxEndpoint<'static, Response>>) {
    let (stream, peer) = listener.accept().await.unwrap();
    let (local, remote) = (LocalAddr::default(), RemoteAddr(peer.into()));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        let request = (request, local.clone(), remote.clone(), Scheme::HTTP).into();
        async move {
            Ok::<_, Infallible>(endpoint.get_response(request).await.into())
                as Result<hyper::Response<_>, _>
        }
    });
    // The client leaves in the middle, which is an error here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
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
