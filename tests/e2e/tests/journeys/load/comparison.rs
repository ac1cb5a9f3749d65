//! Two servers, by turns.

use e2e::{Benchmark, Service, Store};
use serde_json::Value;

#[tokio::test]
async fn a_service_is_compared_with_itself() {
    let service = Service::start(&Store::Sqlite).await;

    let line = format!(
        "compare --against {} --endpoints /products /products?limit=1 --rounds 3 --duration 3",
        service.url()
    );
    let measured = Benchmark::run(&service, &line).await.expect(0);

    for side in ["old", "new"] {
        assert_eq!(measured.list(side).len(), 3, "a run of each round, {side}");
    }
    let compared: Vec<_> = measured
        .list("endpoints")
        .iter()
        .map(|endpoint| endpoint["endpoint"].as_str())
        .collect();
    assert_eq!(compared, [Some("/products"), Some("/products?limit=1")]);
    for endpoint in measured.list("endpoints") {
        let measures = endpoint["measures"].as_array().map_or(0, Vec::len);
        assert!(measures > 0, "{endpoint}");
        let verdict = |measure: &Value| measure["verdict"].is_string();
        assert!(
            endpoint["measures"]
                .as_array()
                .into_iter()
                .flatten()
                .all(verdict),
            "{endpoint}"
        );
    }
    assert!(
        measured.ended.stdout.contains("GET /products"),
        "{}",
        measured.ended.stdout
    );
}
