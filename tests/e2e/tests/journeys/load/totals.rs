//! What the load test counts is what the service counts.

use std::collections::BTreeMap;

use e2e::{Benchmark, Measured, Service, Store};
use serde_json::{Value, json};
use servers::{Scrape, poll_until};

use super::{DEADLINE, scrape};

/// Requests by method, route template and status code.
type Counts = BTreeMap<[String; 3], u64>;

#[tokio::test]
async fn its_totals_are_the_service_s() {
    let payload = r#"{"name":"Mug","price":8.5,"amount":3}"#;
    let runs = [
        (
            "load-test --endpoints /products /products/1 /nowhere --duration 1 --weights 3,2,1"
                .to_owned(),
            1,
            "one of the paths is unknown",
        ),
        (
            format!("load-test --endpoints /products --duration 1 --payload {payload}"),
            0,
            "objects are created",
        ),
        (
            "load-test --endpoints /products /products/1 --duration 1 --rate 100".to_owned(),
            0,
            "requests are sent by the clock",
        ),
        (
            "profile --endpoints /products /products/1 --iterations 50".to_owned(),
            0,
            "one request follows the other",
        ),
        (
            "crud --duration 2".to_owned(),
            0,
            "all methods, and objects that are deleted afterwards",
        ),
    ];
    for (run, code, why) in runs {
        let service = Service::start(&Store::Sqlite).await;
        let mug = json!({"name": "Mug", "price": 8.5, "amount": 3});
        service.client().create(&mug).await.expect(201);
        let before = served(&scrape(&service).await);

        let line = format!("{run} --metrics-url {}/metrics", service.url());
        let measured = Benchmark::run(&service, &line).await.expect(code);

        let sent = sent(&measured);
        assert!(sent.values().sum::<u64>() > 20, "{why}: {sent:?}");
        poll_until(why, DEADLINE, || async {
            let after = served(&scrape(&service).await);
            let counted = increase(&before, after);
            if counted == sent {
                Ok(())
            } else {
                Err(format!("the service {counted:?}, the client {sent:?}"))
            }
        })
        .await;
        agree(&measured, why);
    }
}

/// The service's own counts, read by the load test itself, are the same.
#[track_caller]
fn agree(measured: &Measured, why: &str) {
    let server = &measured.document["server"];
    let endpoints = server["endpoints"].as_array();
    let endpoints = endpoints.unwrap_or_else(|| panic!("{why}: {server}"));
    let sum = |member: &str| -> u64 {
        let counts = endpoints.iter().map(|endpoint| endpoint[member].as_u64());
        counts.map(Option::unwrap_or_default).sum()
    };
    assert_eq!(sum("requests"), measured.sum("/total_requests"), "{why}");
    for endpoint in endpoints {
        assert_eq!(
            endpoint["requests"], endpoint["client_requests"],
            "{why}: {server}"
        );
    }
}

/// What the client sent, its clearing up included.
fn sent(measured: &Measured) -> Counts {
    let mut counts = Counts::new();
    for result in measured.results() {
        let codes = result["status_codes"].as_object();
        for (code, count) in codes.expect("an object of status codes") {
            let text = |member: &str| result[member].as_str().expect("a text").to_owned();
            let key = [text("method"), route(&text("endpoint")), code.clone()];
            *counts.entry(key).or_default() += count.as_u64().expect("a count");
        }
    }
    let deleted = measured.document.pointer("/cleanup/deleted");
    if let Some(deleted) = deleted.and_then(Value::as_u64) {
        let key = ["DELETE", "/products/{product_id}", "204"].map(str::to_owned);
        *counts.entry(key).or_default() += deleted;
    }
    counts
}

/// The template by which the service counts a path of these runs.
fn route(path: &str) -> String {
    let template = match path {
        "/products" => path,
        "/products/1" | "/products/{id}" => "/products/{product_id}",
        _ => "unmatched",
    };
    template.to_owned()
}

/// What the service has answered so far, but for the scrapes themselves.
fn served(scrape: &Scrape) -> Counts {
    let all = scrape.series("http_requests_total", &[]);
    let keys = all.into_iter().map(|series| {
        let key = ["method", "endpoint", "status_code"].map(|label| series.labels[label].clone());
        (key, series.value as u64)
    });
    keys.filter(|([_, route, _], _)| route != "/metrics")
        .collect()
}

fn increase(before: &Counts, mut after: Counts) -> Counts {
    for (key, count) in &mut after {
        *count -= before.get(key).copied().unwrap_or_default();
    }
    after.retain(|_, count| *count > 0);
    after
}
