//! What a scrape says.

use std::{collections::BTreeSet, time::Duration};

use health::{Check, Policy};
use poem::{Endpoint, Request};
use servers::Scrape;
use telemetry::{Metrics, MetricsSettings};

use crate::service::{INTERVAL, Mood, Service, TIMEOUT};

/// Metrics of a service with two checks, one of which nobody has a result of.
struct Scraped {
    service: Service,
    metrics: Metrics,
}

impl Scraped {
    fn new() -> Self {
        let service = Service::new(1);
        service.depend("database", Policy::Required);
        let forever = Check::new("cache", std::future::pending::<Result<(), String>>);
        let patient = forever.timeout(Duration::MAX).policy(Policy::Ignored);
        service.health.add(patient);
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
        let collector = service.health.collector();
        let label_sets = collector.label_sets();
        assert_eq!(label_sets, 7, "three of each check, and readiness");
        metrics.registry().collector(collector, label_sets).unwrap();
        Self { service, metrics }
    }

    async fn scrape(&self) -> Scrape {
        let endpoint = self.metrics.endpoint();
        let answer = endpoint.get_response(Request::default()).await;
        let text = answer.into_body().into_string().await.unwrap();
        Scrape::parse(&text)
    }

    /// Status, duration and time of the last success of `check`, and readiness.
    async fn values(&self, check: &str) -> [f64; 4] {
        let scrape = self.scrape().await;
        let of = |name: &str, labels: &[(&str, &str)]| {
            let series = scrape.series(name, labels);
            assert_eq!(series.len(), 1, "{name} {labels:?}");
            series[0].value
        };
        let labels = [("check", check)];
        [
            of("health_check_status", &labels),
            of("health_check_duration_seconds", &labels),
            of("health_check_last_success_timestamp_seconds", &labels),
            of("health_ready", &[]),
        ]
    }
}

fn now() -> f64 {
    chrono::Utc::now().timestamp_micros() as f64 / 1e6
}

#[tokio::test(start_paused = true)]
async fn a_scrape_follows_what_the_endpoints_say() {
    let scraped = Scraped::new();
    let service = &scraped.service;
    assert_eq!(scraped.values("database").await, [0.0; 4], "no result yet");

    let before = now();
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;
    let [status, duration, success, ready] = scraped.values("database").await;
    assert_eq!([status, duration, ready], [1.0, 0.0, 1.0]);
    assert!((before..=now()).contains(&success), "{success}");
    assert_eq!(scraped.values("cache").await, [0.0, 0.0, 0.0, 1.0]);

    service.turn(Mood::Hangs);
    service.pass(2 * INTERVAL + TIMEOUT).await;
    let timeout = TIMEOUT.as_secs_f64();
    let found = scraped.values("database").await;
    assert_eq!(
        found,
        [0.0, timeout, success, 0.0],
        "the success is the old one"
    );

    service.turn(Mood::Answers);
    service.pass(INTERVAL).await;
    let [status, _, again, ready] = scraped.values("database").await;
    assert_eq!([status, ready], [1.0, 1.0]);
    assert!(again >= success);
}

#[tokio::test(start_paused = true)]
async fn readiness_is_that_of_the_probe() {
    let scraped = Scraped::new();
    let service = &scraped.service;
    let migrations = service.health.starting("migrations");
    service.health.spawn();
    service.pass(Duration::from_millis(1)).await;

    assert_eq!(scraped.values("database").await[3], 0.0, "starting");
    migrations.done();
    assert_eq!(scraped.values("database").await[3], 1.0, "started");
    service.draining.cancel();
    let [status, .., ready] = scraped.values("database").await;
    assert_eq!([status, ready], [1.0, 0.0], "draining");
}

#[tokio::test(start_paused = true)]
async fn a_stale_result_is_not_healthy() {
    let scraped = Scraped::new();
    scraped.service.health.spawn();
    scraped.service.pass(Duration::from_millis(1)).await;
    scraped.service.health.stop().await;

    scraped.service.pass(2 * INTERVAL + 2 * TIMEOUT).await;

    let [status, .., ready] = scraped.values("database").await;
    assert_eq!([status, ready], [0.0, 0.0]);
}

#[tokio::test(start_paused = true)]
async fn the_metrics_are_those_of_the_committed_list() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/metrics.txt");
    let found = Scraped::new().scrape().await.declarations();
    let ours: BTreeSet<String> = found
        .into_iter()
        .filter(|line| line.starts_with("health_"))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        let lines: String = ours.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(path, lines).unwrap();
    }

    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let committed: BTreeSet<String> = committed.lines().map(str::to_owned).collect();
    assert_eq!(
        ours, committed,
        "run `UPDATE=1 cargo test -p health --test health` and commit crates/health/metrics.txt"
    );
}

#[test]
fn the_readme_has_a_row_with_a_query_for_every_metric() {
    let readme = include_str!("../../README.md");
    let list = include_str!("../../metrics.txt");
    for line in list.lines() {
        let name = line.split(' ').next().unwrap();
        let row = readme
            .lines()
            .find(|row| row.starts_with(&format!("| `{name}")));
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {name}"));
        let cells: Vec<&str> = row.split(" | ").collect();
        assert!(
            cells.len() == 4 && cells[1] == "gauge" && cells[3].contains(name),
            "type or query in {row}"
        );
    }
    assert_eq!(list.lines().count(), 4);
}
