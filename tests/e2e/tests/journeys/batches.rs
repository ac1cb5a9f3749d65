//! Many products in one request: one transaction, few statements, all or nothing.

use std::collections::HashMap;
use std::time::Duration;

use e2e::{Service, Store};
use serde_json::{Value, json};
use servers::poll_until;

const DEADLINE: Duration = Duration::from_secs(30);

/// The largest batch that the API takes.
const FULL: usize = 1000;

/// Statements for a full batch, BEGIN and COMMIT included.
const MOST_STATEMENTS: usize = 5;

fn batch(size: usize) -> Value {
    (1..=size)
        .map(|n| json!({"name": format!("Item {n}"), "price": n, "amount": n}))
        .collect()
}

#[tokio::test]
async fn a_full_batch_takes_a_handful_of_statements() {
    let store = Store::postgres();
    let database = store.database().expect("this is PostgreSQL");
    database.log_statements().unwrap();
    let service = Service::start(&store).await;
    let api = service.client();
    // The purge at the start may run on the connection that writes the batch.
    let purged = "async_tasks_total{outcome=\"ok\",task=\"idempotency_purge\"}";
    poll_until("the purge to be over", DEADLINE, || async {
        match api.metric(purged).await {
            0.0 => Err("still at work"),
            _ => Ok(()),
        }
    })
    .await;
    let before = database.statements().unwrap().len();

    let created = api.create(&batch(FULL)).await.expect(201);

    let mut sessions: HashMap<u32, Vec<String>> = HashMap::new();
    for statement in database.statements().unwrap().split_off(before) {
        sessions
            .entry(statement.session)
            .or_default()
            .push(statement.sql);
    }
    let writer = sessions
        .into_values()
        .find(|sql| sql.iter().any(|sql| sql.contains("INSERT")));
    let sql = writer.expect("a session wrote the batch");
    let heads: Vec<_> = sql
        .iter()
        .map(|sql| sql.chars().take(80).collect::<String>())
        .collect();
    assert!(sql.len() <= MOST_STATEMENTS, "{heads:#?}");
    assert_eq!(created.json().as_array().map(Vec::len), Some(FULL));
}

#[tokio::test]
async fn a_batch_is_answered_in_its_own_order_and_counted_whole() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let mut products = batch(FULL);
        products[500]["id"] = json!(77_000);

        let created = api.create(&products).await.expect(201).json();

        let pairs = created
            .as_array()
            .unwrap()
            .iter()
            .zip(products.as_array().unwrap());
        for (created, sent) in pairs {
            assert_eq!(created["name"], sent["name"], "on {store}");
        }
        assert_eq!(created[500]["id"], 77_000, "on {store}");
        assert_eq!(api.count().await, 1000, "on {store}");
        assert_eq!(api.created().await, 1000.0, "on {store}");
    }
}

#[tokio::test]
async fn one_bad_item_undoes_them_all() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        api.create(&json!({"id": 7, "name": "Taken", "price": 1, "amount": 1}))
            .await
            .expect(201);

        let mut negative = batch(FULL);
        negative[776]["price"] = json!(-1);
        assert_eq!(
            api.create(&negative).await.pointers(),
            ["/776/price"],
            "on {store}"
        );

        let mut twice = batch(FULL);
        twice[10]["id"] = json!(50);
        twice[776]["id"] = json!(50);
        assert_eq!(
            api.create(&twice).await.pointers(),
            ["/776/id"],
            "on {store}"
        );

        let mut taken = batch(FULL);
        taken[776]["id"] = json!(7);
        api.create(&taken).await.problem(409);

        assert_eq!(api.count().await, 1, "on {store}");
        assert_eq!(api.created().await, 1.0, "on {store}");
    }
}

#[tokio::test]
async fn empty_and_oversized_batches_are_refused() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    api.create(&json!([])).await.problem(422);
    api.create(&batch(FULL + 1)).await.problem(422);

    assert_eq!(api.count().await, 0);
}
