//! The series that `/metrics` promises, from the first scrape on.

use std::collections::BTreeSet;

use e2e::{Launch, Service, Store};
use serde_json::Value;
use servers::Scrape;

/// The metrics of the crates that the service is made of and its own, and their labels.
const LISTS: [&str; 3] = [
    include_str!("../../../../crates/health/metrics.txt"),
    include_str!("../../../../crates/telemetry/metrics.txt"),
    include_str!("../../../../services/products/metrics.txt"),
];

/// A scrape of a service that nobody has spoken to but its probe.
async fn fresh_scrape(store: &Store) -> Scrape {
    let service = Service::start(store).await;
    let answer = service.management().get("/metrics").await.expect(200);
    Scrape::parse(&answer.body)
}

#[tokio::test]
async fn all_metrics_and_no_others_are_there_before_the_first_request() {
    let lines = LISTS.iter().flat_map(|list| list.lines());
    let promised: BTreeSet<String> = lines.map(str::to_owned).collect();
    for store in Store::both() {
        let found = fresh_scrape(&store).await.declarations();

        let missing: Vec<_> = promised.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&promised).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{store}: missing {missing:#?}, in no metrics.txt {unknown:#?}"
        );
    }
}

#[tokio::test]
async fn series_of_known_labels_begin_at_zero() {
    let known = [
        ("db_queries_total", "operation", 5),
        ("db_query_errors_total", "kind", 5 * 4),
        ("db_query_duration_seconds_count", "operation", 5),
        ("items_created_total", "resource", 1),
        ("items_read_total", "resource", 1),
        ("items_updated_total", "resource", 1),
        ("items_deleted_total", "resource", 1),
        ("async_tasks_total", "outcome", 3 * 4),
        ("cache_requests_total", "result", 2 * 4),
        ("cache_operation_duration_seconds_count", "operation", 3),
        ("log_messages_total", "level", 5),
        ("system_load_average", "window", 3),
    ];
    let scrape = fresh_scrape(&Store::Sqlite).await;

    for (name, label, count) in known {
        let series = scrape.series(name, &[]);
        assert_eq!(series.len(), count, "{series:#?}");
        assert!(series[0].labels.contains_key(label), "{series:#?}");
    }
    for kind in ["timeout", "constraint", "connection", "other"] {
        for operation in ["select", "insert", "update", "delete", "other"] {
            let labels = [("kind", kind), ("operation", operation)];
            let failed = scrape.series("db_query_errors_total", &labels);
            assert_eq!(failed[0].value, 0.0, "{labels:?}");
        }
    }
}

/// Method, route template and status of every series that the documented API has at the start.
fn documented() -> BTreeSet<(String, String, String)> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../services/products/openapi.json"
    );
    let text = std::fs::read_to_string(path).expect("openapi.json is there");
    let document: Value = serde_json::from_str(&text).expect("openapi.json is JSON");
    let mut series = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let statuses = operation["responses"].as_object().expect("responses");
            let successes = statuses.keys().filter(|status| status.starts_with('2'));
            for status in successes.map(String::as_str).chain(["500", "503", "504"]) {
                series.insert((method.to_uppercase(), path.clone(), status.to_owned()));
            }
        }
    }
    series
}

#[tokio::test]
async fn every_documented_route_has_its_series_before_the_first_request() {
    let scrape = fresh_scrape(&Store::Sqlite).await;

    let documented = documented();
    assert!(documented.len() > 20, "{documented:?}");
    for (method, endpoint, status) in &documented {
        let labels = [
            ("method", method.as_str()),
            ("endpoint", endpoint),
            ("status_code", status),
        ];
        for name in ["http_requests_total", "http_request_duration_seconds_count"] {
            let series = scrape.series(name, &labels);
            assert_eq!(series.len(), 1, "{name} {labels:?}");
            assert_eq!(series[0].value, 0.0, "{name} {labels:?}");
        }
        for name in [
            "http_request_size_bytes_count",
            "http_response_size_bytes_count",
        ] {
            assert_eq!(
                scrape.series(name, &labels[..2]).len(),
                1,
                "{name} {labels:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_guides_queries_find_their_series() {
    let scrape = fresh_scrape(&Store::Sqlite).await;
    let post: &[_] = &[("endpoint", "/products"), ("method", "POST")];
    let get: &[_] = &[("endpoint", "/products"), ("method", "GET"), ("le", "0.25")];

    for (name, labels) in [
        ("http_requests_total", post),
        ("http_requests_total", &[("status_code", "500")]),
        ("http_request_duration_seconds_bucket", get),
        ("http_request_duration_seconds_sum", &[]),
        ("http_request_duration_seconds_count", &[]),
        ("db_queries_total", &[("operation", "select")]),
        (
            "db_query_duration_seconds_bucket",
            &[("operation", "insert"), ("le", "+Inf")],
        ),
        ("db_pool_checked_out_connections", &[]),
        ("db_pool_idle_connections", &[]),
        ("db_pool_waiters", &[]),
        ("process_cpu_seconds_total", &[]),
    ] {
        assert!(!scrape.series(name, labels).is_empty(), "{name} {labels:?}");
    }
}

#[tokio::test]
async fn buckets_are_those_of_the_configuration() {
    let launch = Launch::new()
        .set("metrics.duration_buckets", "0.25,3")
        .set("metrics.size_buckets", "7,70")
        .set("metrics.query_buckets", "0.5");
    let service = launch.on(&Store::Sqlite).await;
    let scrape = Scrape::parse(&service.client().get("/metrics").await.expect(200).body);

    for (name, bounds) in [
        ("http_request_duration_seconds", &["0.25", "3", "+Inf"][..]),
        ("http_request_size_bytes", &["7", "70", "+Inf"]),
        ("http_response_size_bytes", &["7", "70", "+Inf"]),
        ("db_query_duration_seconds", &["0.5", "+Inf"]),
        ("db_pool_acquire_duration_seconds", &["0.5", "+Inf"]),
    ] {
        let buckets = scrape.series(&format!("{name}_bucket"), &[]);
        let found: BTreeSet<&str> = buckets.iter().map(|bucket| &*bucket.labels["le"]).collect();
        assert_eq!(found, BTreeSet::from_iter(bounds.iter().copied()), "{name}");
    }
}

#[tokio::test]
async fn no_more_series_than_allowed_are_kept() {
    let launch = Launch::new().set("metrics.max_series", "1");
    let service = launch.on(&Store::Sqlite).await;
    let api = service.client();
    api.get("/products").await.expect(200);
    let scrape = Scrape::parse(&api.get("/metrics").await.expect(200).body);

    let dropped = scrape.series("telemetry_series_dropped_total", &[]);
    assert!(dropped[0].value > 0.0, "{dropped:?}");
    assert!(scrape.series("http_requests_total", &[]).is_empty());
}
