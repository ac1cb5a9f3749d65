//! Writes that have begun and wait for a lock: whatever happens meanwhile, they are finished.

use std::time::Duration;

use e2e::{Client, Launch, Service, Store};
use reqwest::Method;
use servers::{Database, poll_until};
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(30);

const BODY: &str = r#"{"name":"Patient","price":1,"amount":1}"#;

/// Sends a POST from a task of its own, which hangs up when it is aborted.
fn post(api: &Client) -> JoinHandle<reqwest::Result<e2e::Answer>> {
    let api = api.clone();
    tokio::spawn(async move { api.try_send(api.creation(BODY)).await })
}

async fn await_waiting(database: &Database, writes: usize) {
    poll_until("writes that wait for the lock", DEADLINE, || async {
        let waiting = database.waiting().expect("PostgreSQL answers");
        if waiting == writes {
            Ok(())
        } else {
            Err(waiting)
        }
    })
    .await;
}

async fn await_created(api: &Client, products: f64) {
    poll_until("the write to be counted", DEADLINE, || async {
        let created = api.created().await;
        if created == products {
            Ok(())
        } else {
            Err(created)
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_is_finished_when_its_client_leaves() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let service = Service::start(&store).await;
    let api = service.client();
    let lock = database.lock("products").unwrap();
    let client = post(&api);
    await_waiting(database, 1).await;

    client.abort();
    poll_until("the service to see the client leave", DEADLINE, || async {
        let left =
            "http_requests_total{endpoint=\"/products\",method=\"POST\",status_code=\"499\"}";
        let metrics = api.get("/metrics").await.body;
        if metrics.contains(&format!("{left} 1")) {
            Ok(())
        } else {
            Err(metrics)
        }
    })
    .await;
    drop(lock);

    await_created(&api, 1.0).await;
    assert_eq!(api.count().await, 1);
}

#[tokio::test]
async fn a_write_is_finished_after_its_timeout() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let launch = Launch::new().set("server.request_timeout", "500ms");
    let service = launch.on(&store).await;
    let api = service.client();
    let lock = database.lock("products").unwrap();

    let late = post(&api).await.unwrap().unwrap();
    late.problem(504);
    await_waiting(database, 1).await;
    drop(lock);

    await_created(&api, 1.0).await;
    assert_eq!(api.count().await, 1);
}

#[tokio::test]
async fn a_stop_waits_for_a_write_whose_client_has_left() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let service = Service::start(&store).await;
    let lock = database.lock("products").unwrap();
    let client = post(&service.client());
    await_waiting(database, 1).await;
    client.abort();
    let _ = client.await;

    service.terminate();
    poll_until("the port to close", DEADLINE, || async {
        match std::net::TcpStream::connect(service.address()) {
            Ok(_) => Err("still accepting"),
            Err(_) => Ok(()),
        }
    })
    .await;
    assert_eq!(database.waiting().unwrap(), 1, "the write was given up");
    drop(lock);
    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stdout);
    assert_eq!(
        database.query("SELECT count(*) FROM products").unwrap(),
        "1"
    );
}

#[tokio::test]
async fn an_exhausted_pool_is_told_apart_from_a_fault() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let launch = Launch::new()
        .set("database.max_connections", "2")
        .set("database.acquire_timeout", "200ms");
    let service = launch.on(&store).await;
    let api = service.client();
    let lock = database.lock("products").unwrap();
    let writers = [post(&api), post(&api)];
    await_waiting(database, 2).await;

    for method in [Method::GET, Method::POST] {
        let answer = api.send(api.with_json(method, "/products", BODY)).await;
        answer.problem(503);
        assert!(
            answer.header("retry-after").is_some(),
            "{:?}",
            answer.headers
        );
    }
    api.get("/health/live").await.expect(200);
    drop(lock);

    for writer in writers {
        writer.await.unwrap().unwrap().expect(201);
    }
    api.get("/products").await.expect(200);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let launch = Launch::new().set("database.statement_timeout", "300ms");
    let service = launch.on(&store).await;
    let api = service.client();
    let lock = database.lock("products").unwrap();

    let answer = post(&api).await.unwrap().unwrap();

    answer.problem(503);
    assert!(
        answer.header("retry-after").is_some(),
        "{:?}",
        answer.headers
    );
    drop(lock);
    assert_eq!(api.count().await, 0);
    assert_eq!(api.created().await, 0.0);
}
