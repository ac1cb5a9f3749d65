//! What `/metrics` says of a living service.

use e2e::{Client, Service, Store};
use serde_json::json;
use servers::check_metrics;

/// One of each kind of request: successes, refusals, unknown routes and methods.
async fn make_traffic(api: &Client) {
    let mug = json!({"name": "Mug", "price": 8.5, "amount": 3});
    let id = api.create(&mug).await.expect(201).id();
    let path = format!("/products/{id}");
    api.get("/products?count=true").await.expect(200);
    api.get(&path).await.expect(200);
    api.put(&path, &mug).await.expect(200);
    api.patch(&path, &json!({"amount": 2})).await.expect(200);
    api.create(&json!({"name": ""})).await.problem(422);
    api.create(&json!({"id": id, "name": "Mug", "price": 1, "amount": 1}))
        .await
        .problem(409);
    api.delete(&path).await.expect(204);
    api.get(&path).await.problem(404);
    api.get("/nowhere").await.problem(404);
    api.delete("/products").await.problem(405);
}

#[tokio::test]
async fn prometheus_has_nothing_to_complain_of() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let fresh = service.management().get("/metrics").await.expect(200);
        make_traffic(&service.client()).await;
        let used = service.management().get("/metrics").await.expect(200);

        for scrape in [fresh, used] {
            check_metrics(&scrape.body).unwrap_or_else(|error| panic!("{store}: {error}"));
            assert_eq!(
                scrape.header("content-type"),
                Some("text/plain; version=0.0.4"),
                "Prometheus 3 fails a scrape of an unknown type"
            );
        }
    }
}
