//! The database goes away and comes back.

mod clients;

use std::time::Duration;

use e2e::{Answer, Client, Launch, Service, Store};
use serde_json::{Value, json};
use servers::{Postgres, Proxy, poll_until};

const DEADLINE: Duration = Duration::from_secs(30);

/// Short times, so that outages are noticed soon.
fn launch() -> Launch {
    Launch::new()
        .set("database.acquire_timeout", "300ms")
        .set("database.statement_timeout", "1s")
        .set("health.interval", "100ms")
        .set("health.timeout", "200ms")
}

async fn await_readiness(service: &Service, status: u16) -> Answer {
    let operator = service.management();
    poll_until(&format!("readiness {status}"), DEADLINE, || async {
        match operator.try_get("/health/ready").await {
            Ok(answer) if answer.status == status => Ok(answer),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

/// Reads, creates and lists, and is told each time to come back later.
async fn expect_outage(api: &Client, product: &Value) -> [Answer; 3] {
    let answers = [
        api.get("/products/1").await,
        api.create(product).await,
        api.get("/products").await,
    ];
    for answer in &answers {
        answer.problem(503);
        assert!(
            answer.header("retry-after").is_some(),
            "{}: {:?}",
            answer.request,
            answer.headers
        );
    }
    answers
}

#[tokio::test]
async fn an_outage_is_told_apart_from_a_fault_and_outlived() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let store = Store::through(&proxy, postgres.database());
    let service = launch().on(&store).await;
    let api = service.client();
    let product = json!({"name": "Survivor", "price": 1, "amount": 1});
    api.create(&product).await.expect(201);

    proxy.cut();

    for answer in expect_outage(&api, &product).await {
        assert!(
            !answer.body.contains("127.0.0.1"),
            "driver's text: {}",
            answer.body
        );
    }
    let reason = await_readiness(&service, 503).await.json()["reason"].clone();
    assert_eq!(reason, "database unavailable");
    api.get("/health/live").await.expect(200);

    proxy.heal();

    await_readiness(&service, 200).await;
    api.get("/products/1").await.expect(200);
    api.create(&product).await.expect(201);
}

#[tokio::test]
async fn a_database_that_never_answers_is_an_outage_too() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let store = Store::through(&proxy, postgres.database());
    let service = launch().on(&store).await;
    let api = service.client();
    let product = json!({"name": "Survivor", "price": 1, "amount": 1});
    api.create(&product).await.expect(201);

    proxy.delay(Duration::from_secs(3600));

    expect_outage(&api, &product).await;
    await_readiness(&service, 503).await;
    api.get("/health/live").await.expect(200);

    proxy.heal();

    await_readiness(&service, 200).await;
    api.get("/products/1").await.expect(200);
    api.create(&product).await.expect(201);
}

#[tokio::test]
async fn a_database_that_moved_without_a_word_is_found_again() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let store = Store::through(&proxy, postgres.database());
    let service = launch().set("health.interval", "1s").on(&store).await;
    let api = service.client();
    api.get("/products").await.expect(200);

    // Its machine is gone: nobody ends the connections. Its successor serves new ones at once.
    proxy.strand();

    poll_until("products again", DEADLINE, || async {
        let answer = api.get("/products").await;
        if answer.status == 200 {
            Ok(())
        } else {
            Err(answer)
        }
    })
    .await;
    await_readiness(&service, 200).await;
    for _ in 0..10 {
        api.get("/products").await.expect(200);
    }
}
