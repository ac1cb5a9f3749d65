//! What `/metrics` says of a living service.

use std::time::Duration;

use e2e::{Client, Launch, Service, Store};
use serde_json::json;
use servers::{Postgres, Proxy, check_metrics, poll_until};
use tokio::time::timeout;

const DEADLINE: Duration = Duration::from_secs(30);

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

#[tokio::test]
async fn a_scrape_answers_while_the_database_hangs_and_tells_who_waits() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).expect("a proxy");
    let store = Store::through(&proxy, postgres.database());
    let launch = Launch::new()
        .set("database.max_connections", "2")
        .set("database.acquire_timeout", "1h")
        .set("database.statement_timeout", "1h")
        .set("server.request_timeout", "1h");
    let service = launch.on_two_ports(&store).await;
    let api = service.client();
    make_traffic(&api).await;
    // A connection that is being given back is asked whether it lives, and would hang, too.
    let purged_and_at_rest = [
        "async_tasks_total{outcome=\"ok\",task=\"idempotency_purge\"} 1",
        "db_pool_checked_out_connections 0",
    ];
    tells(&service, &purged_and_at_rest).await;

    proxy.delay(Duration::from_secs(3600));
    let requests: Vec<_> = (0..5)
        .map(|_| {
            let api = api.clone();
            tokio::spawn(async move { api.try_get("/products").await })
        })
        .collect();

    let two_at_work_and_three_waiting = [
        "inprogress_requests 5",
        "db_pool_checked_out_connections 2",
        "db_pool_idle_connections 0",
        "db_pool_waiters 3",
        "db_pool_max_connections 2",
    ];
    tells(&service, &two_at_work_and_three_waiting).await;
    proxy.heal();

    for request in requests {
        let answer = request.await.expect("no panic").expect("an answer");
        answer.expect(200);
    }
}

/// Waits until a scrape has all of these lines.
async fn tells(service: &Service, lines: &[&str]) {
    let operator = service.management();
    poll_until(&format!("{lines:?}"), DEADLINE, || async {
        let scrape = timeout(DEADLINE, operator.get("/metrics")).await;
        let scrape = scrape.expect("a scrape").expect(200).body;
        let is_missing = |line: &&&str| !scrape.lines().any(|told| told == **line);
        match lines
            .iter()
            .filter(is_missing)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [] => Ok(()),
            missing => Err(format!("{missing:?} are missing")),
        }
    })
    .await;
}
