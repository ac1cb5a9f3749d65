//! `kill -9` at any moment: what was acknowledged is there, and batches are whole or absent.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use e2e::{Client, Service, Store};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Clients that write at once.
const WRITERS: u64 = 8;

/// Products in each batch.
const BATCH: usize = 20;

/// What one client knows after its connection broke.
#[derive(Default)]
struct Known {
    /// Names of batches that were acknowledged.
    acknowledged: HashSet<String>,
    /// Ids whose deletion was acknowledged.
    deleted: HashSet<u64>,
    /// Ids whose update was acknowledged.
    updated: HashSet<u64>,
}

/// Writes until the service is gone: a batch, an update and a deletion in it, and again.
async fn write_until_killed(api: Client, round: u64, writer: u64) -> Known {
    let mut known = Known::default();
    for number in 0.. {
        let name = format!("r{round}w{writer}n{number}");
        if write_once(&api, name, &mut known).await.is_err() {
            break;
        }
    }
    known
}

async fn write_once(api: &Client, name: String, known: &mut Known) -> reqwest::Result<()> {
    let product = json!({"name": name, "price": 1, "amount": 1});
    let batch = Value::Array(vec![product; BATCH]);
    let created = api
        .try_send(api.creation(batch.to_string()))
        .await?
        .expect(201)
        .json();
    known.acknowledged.insert(name);
    let id = |index: usize| created[index]["id"].as_u64().expect("a product has an id");

    let path = format!("/products/{}", id(0));
    let patch = api.with_json(Method::PATCH, &path, r#"{"amount":2}"#);
    api.try_send(patch).await?.expect(200);
    known.updated.insert(id(0));

    let path = format!("/products/{}", id(1));
    api.try_send(api.request(Method::DELETE, &path))
        .await?
        .expect(204);
    known.deleted.insert(id(1));
    Ok(())
}

/// Starts writers, kills the service after `delay`, starts it again and compares.
async fn kill_under_load(service: &mut Service, round: u64, delay: Duration) -> usize {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write_until_killed(service.client(), round, writer));
    }
    // No state is awaited: any moment must do.
    tokio::time::sleep(delay).await;
    service.kill9();
    let known = writers.join_all().await;
    service.restart().await;

    let path = format!("/products?limit=1000&name=r{round}w");
    let found = Found::new(&service.client().walk(&path).await);
    for known in &known {
        found.compare(known, round);
    }
    known.iter().map(|known| known.acknowledged.len()).sum()
}

/// What is in the database after a kill.
struct Found {
    /// Products by the name of their batch.
    sizes: HashMap<String, usize>,
    /// Amounts by id.
    amounts: HashMap<u64, u64>,
}

impl Found {
    fn new(products: &[Value]) -> Self {
        let mut sizes = HashMap::new();
        let mut amounts = HashMap::new();
        for product in products {
            let name = product["name"].as_str().expect("a product has a name");
            *sizes.entry(name.to_owned()).or_default() += 1;
            let id = product["id"].as_u64().expect("a product has an id");
            amounts.insert(
                id,
                product["amount"].as_u64().expect("a product has an amount"),
            );
        }
        Self { sizes, amounts }
    }

    fn compare(&self, known: &Known, round: u64) {
        for (name, size) in &self.sizes {
            // One of a batch may have been deleted.
            assert!(
                [BATCH, BATCH - 1].contains(size),
                "round {round}: {size} of batch {name}"
            );
        }
        for name in &known.acknowledged {
            assert!(
                self.sizes.contains_key(name),
                "round {round}: batch {name} was lost"
            );
        }
        for id in &known.updated {
            let amount = self.amounts.get(id);
            assert_eq!(
                amount,
                Some(&2),
                "round {round}: the update of {id} was lost"
            );
        }
        for id in &known.deleted {
            assert!(
                !self.amounts.contains_key(id),
                "round {round}: deleted {id} came back"
            );
        }
    }
}

async fn kill_again_and_again(store: Store, rounds: u64) {
    let mut service = Service::start(&store).await;
    let mut acknowledged: usize = 0;
    for round in 0..rounds {
        // Spread over the time from before the first commit to well after it.
        let delay = Duration::from_millis(20 + round * 7919 % 300);
        acknowledged += kill_under_load(&mut service, round, delay).await;
    }
    assert!(
        acknowledged as u64 > rounds,
        "only {acknowledged} batches were written on {store}"
    );
}

/// Rounds on SQLite; `E2E_ROUNDS` asks for more, as `make soak` does.
fn rounds() -> u64 {
    match std::env::var("E2E_ROUNDS") {
        Ok(rounds) => rounds.parse().expect("E2E_ROUNDS is a number"),
        Err(_) => 10,
    }
}

#[tokio::test]
async fn kill_9_loses_no_acknowledged_write_on_sqlite() {
    kill_again_and_again(Store::Sqlite, rounds()).await;
}

#[tokio::test]
async fn kill_9_loses_no_acknowledged_write_on_postgresql() {
    kill_again_and_again(Store::postgres(), rounds().div_ceil(3)).await;
}
