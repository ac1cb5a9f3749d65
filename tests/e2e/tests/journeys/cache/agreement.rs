//! Whether replicas that have come to rest say what the database says.

use std::collections::HashMap;

use e2e::{Answer, Service};
use serde_json::json;
use servers::{Database, poll_until};
use tokio::task::JoinSet;

use super::visitor::{HOT, version};
use super::{DEADLINE, answered, name, rename};

/// Version and name of a product.
type Stored = (u64, String);

/// Waits until each replica has told all that it has to tell, and the other has heard it.
pub(super) async fn settle(services: &[Service; 2]) {
    for service in services {
        await_told(service).await;
    }
    let [first, second] = services;
    for (writer, other) in [(first, second), (second, first)] {
        let (writer, other) = (writer.client(), other.client());
        answered(&other, 1, "hit").await;
        let wanted = format!("settled by {}", writer.address());
        rename(&writer, &wanted).await;
        // It was told after all the others, and is heard after them.
        poll_until("the last change to be heard", DEADLINE, || async {
            let name = name(&other).await;
            if name == wanted { Ok(()) } else { Err(name) }
        })
        .await;
    }
}

async fn await_told(service: &Service) {
    let operator = service.management();
    poll_until("all changes to be told", DEADLINE, || async {
        let health = operator.get("/health/detailed").await.json();
        let cache = health["checks"]["cache"].clone();
        if cache["pending_changes"] == 0 && cache["circuit_open"] == false {
            Ok(())
        } else {
            Err(health)
        }
    })
    .await;
}

/// Has both replicas read and write each product at once.
pub(super) async fn race(services: &[Service; 2]) {
    for id in HOT {
        let path = format!("/products/{id}");
        let mut requests = JoinSet::new();
        for (replica, service) in services.iter().enumerate() {
            let change = json!({"name": format!("raced by {replica}"), "price": 1, "amount": 1});
            let (reader, writer) = (service.client(), service.client());
            let (read, written) = (path.clone(), path.clone());
            requests.spawn(async move { reader.get(&read).await });
            requests.spawn(async move { writer.put(&written, &change).await });
        }
        for answer in requests.join_all().await {
            assert!([200, 404].contains(&answer.status), "{answer:?}");
        }
    }
}

/// Asks each replica for every product, as it comes and once more when the answer is cached.
pub(super) async fn agree(services: &[Service; 2], database: &Database, when: &str) {
    let stored = stored(database);
    for (replica, service) in services.iter().enumerate() {
        let api = service.client();
        for id in HOT {
            let first = api.get(&format!("/products/{id}")).await;
            assert_eq!(
                shown(&first),
                stored.get(&id).cloned(),
                "{when}: {replica}: {id}"
            );
        }
        for &id in stored.keys().filter(|id| HOT.contains(id)) {
            let cached = answered(&api, id, "hit").await;
            assert_eq!(
                shown(&cached),
                stored.get(&id).cloned(),
                "{when}: {replica}: {id}"
            );
        }
    }
}

#[track_caller]
fn shown(answer: &Answer) -> Option<Stored> {
    if answer.status == 404 {
        return None;
    }
    assert_eq!(answer.status, 200, "{}: {}", answer.request, answer.body);
    let name = answer.json()["name"].as_str().map(str::to_owned);
    Some((version(answer), name.expect("a name")))
}

/// The products as the database has them.
fn stored(database: &Database) -> HashMap<u64, Stored> {
    let rows = database.query("SELECT id, version, name FROM products");
    let rows = rows.expect("the products");
    let product = |row: &str| {
        let mut fields = row.splitn(3, '|');
        let mut next = || fields.next().expect("three columns");
        let (id, version) = (next().parse(), next().parse());
        (
            id.expect("an id"),
            (version.expect("a version"), next().to_owned()),
        )
    };
    rows.lines().map(product).collect()
}
