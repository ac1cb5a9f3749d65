//! All metrics of a service that uses everything, by name, type and labels: who renames one breaks
//! somebody's dashboard, and should see it in the difference.

#![cfg(feature = "sea-orm")]
#![expect(
    clippy::unwrap_used,
    reason = "what cannot be built fails the snapshot"
)]

use std::{collections::BTreeSet, io};

use poem::{Endpoint, Request, http::Method};
use servers::Scrape;
use telemetry::{
    Database, Http, LogSettings, Metrics, MetricsSettings, ResourceSettings, RouteSpec,
    TraceSettings,
};
use tokio::runtime::Handle;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static JEMALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What a service exports that uses everything there is, before its first request.
async fn declarations() -> BTreeSet<String> {
    let logs = (LogSettings::default(), TraceSettings::default());
    let (_subscriber, telemetry) =
        telemetry::subscriber(&logs.0, &logs.1, io::sink(), false).unwrap();
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    metrics.build_info("1.0.0", "0123abc", "1.95.0");
    metrics.log(&telemetry).unwrap();
    let _items = metrics.items("things");
    metrics.declare_task("tidying");
    let resources = ResourceSettings::default();
    let _watcher = metrics.watch(&resources, &Handle::current()).unwrap();
    let connection = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let _database = Database::new(&metrics, connection).unwrap();
    let route = RouteSpec {
        method: Method::GET,
        template: "/things".to_owned(),
        statuses: vec![200],
        quiet: false,
    };
    let _http = Http::new(&metrics, [route]).unwrap().max_in_flight(1);

    let answer = metrics.endpoint().get_response(Request::default()).await;
    Scrape::parse(&answer.into_body().into_string().await.unwrap()).declarations()
}

#[tokio::test]
async fn the_metrics_are_those_of_the_committed_list() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/metrics.txt");
    let found = declarations().await;
    // Without the feature there is no allocator to ask.
    let whole = cfg!(feature = "jemalloc");
    if whole && std::env::var_os("UPDATE").is_some() {
        let lines: String = found.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(path, lines).unwrap();
    }

    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let committed: BTreeSet<String> = committed
        .lines()
        .filter(|line| whole || !line.starts_with("allocator_"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        found, committed,
        "run `UPDATE=1 cargo test -p telemetry --features jemalloc --test snapshot` and commit \
         crates/telemetry/metrics.txt"
    );
}

#[test]
fn the_readme_has_a_row_with_a_query_for_every_metric() {
    let rows: Vec<&str> = include_str!("../README.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    for line in include_str!("../metrics.txt").lines() {
        let (name, kind) = line.split_once(' ').unwrap();
        let kind = kind.split(' ').next().unwrap();

        let named = |row: &&&str| {
            let metrics = row.split(" | ").next().unwrap();
            let mut names = metrics.split(['`', '{', ' ', ',', '|']);
            names.any(|word| word == name)
        };
        let row = rows.iter().find(named);
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {name}"));
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells[1], kind, "the type of {name} in {row}");
        assert!(
            cells.len() == 4 && cells[3].contains('`'),
            "no query in {row}"
        );
    }
}
