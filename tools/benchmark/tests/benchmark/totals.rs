//! The program's totals are the server's.

use std::collections::BTreeMap;

use benchmark::{results::EndpointResult, server_view::Scrape};

use crate::{
    app::Instance,
    client::{DEADLINE, Run},
    program::measure,
};

/// Ten runs, each in its own way.
const RUNS: [&str; 10] = [
    "load-test --endpoints /things --users 8 --duration 1",
    "load-test --endpoints /things /things/7 /broken --users 5 --duration 1 --weights 3,2,1",
    "load-test --endpoints /things --users 2,20 --duration 0.5",
    "load-test --endpoints /things --users 20 --duration 1 --ramp-up 1",
    "load-test --endpoints /things --users 30 --duration 1 --rate 500",
    "load-test --endpoints /things /things/1?x=2 --users 4 --duration 1 --rate 400 --ramp-up 0.5",
    "load-test --endpoints /things --users 3 --duration 1 --method post --payload {}",
    "load-test --endpoints /stuck --users 3 --duration 1 --timeout 0.3",
    "load-test --endpoints /nowhere /things --users 3 --duration 1 --method HEAD",
    "profile --endpoints /things /things/newest /broken --iterations 100",
];

#[tokio::test(flavor = "multi_thread")]
async fn totals_equal_the_server_s_own_over_ten_different_runs() {
    for run in RUNS {
        let instance = Instance::start().await;
        let before = Run::begin(&instance).await;

        let ended = measure(&instance, run).await;

        let results = ended.results.expect(&ended.stderr).results;
        let view = before.view_after(&results).await;
        for endpoint in &view.endpoints {
            let name = format!("{run}: {} {}", endpoint.method, endpoint.endpoint);
            assert!(endpoint.requests > 0, "{name}");
            assert_eq!(endpoint.requests, endpoint.client_requests, "{name}");
        }
        let (server, client) = (
            by_status(view.endpoints.iter().map(|it| &it.status_codes)),
            answers(&results),
        );
        assert_eq!(server, client, "{run}");
    }
}

#[tokio::test]
async fn what_the_server_says_stands_beside_what_was_measured() {
    let instance = Instance::start().await;
    let metrics = instance.metrics_url();
    let line = format!("load-test --endpoints /things/5 --duration 1 --metrics-url {metrics}");

    let ended = measure(&instance, &line).await;

    let results = ended.results.unwrap();
    let server = &results.server.endpoints[0];
    assert_eq!(server.endpoint, "/things/{thing_id}");
    assert_eq!(server.requests, results.results[0].total_requests);
    assert!(
        ended.stdout.contains("GET /things/{thing_id}"),
        "{}",
        ended.stdout
    );
    // The metrics themselves can still be read by somebody else.
    Scrape::fetch(&metrics, None, DEADLINE).await.unwrap();
}

/// Answers by status. A request that nobody waits for any more is a 499 there and a timeout here.
fn answers(results: &[EndpointResult]) -> BTreeMap<String, u64> {
    let timeouts = results.iter().map(|it| {
        BTreeMap::from([(
            "499".to_owned(),
            it.errors.get("timeout").copied().unwrap_or_default(),
        )])
    });
    let timeouts: Vec<_> = timeouts.collect();
    by_status(results.iter().map(|it| &it.status_codes).chain(&timeouts))
}

fn by_status<'a>(counts: impl Iterator<Item = &'a BTreeMap<String, u64>>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (status, count) in counts.flatten().filter(|(_, count)| **count > 0) {
        *sums.entry(status.clone()).or_default() += count;
    }
    sums
}
