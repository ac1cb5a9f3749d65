//! `Idempotency-Key`: a retry is not a second order.

use e2e::{Answer, Client, Service, Store};
use serde_json::json;
use tokio::task::JoinSet;

/// Retries that arrive at once.
const RETRIES: usize = 20;

async fn post(api: &Client, key: &str, amount: u32) -> Answer {
    let product = json!({"name": "Once", "price": 1.5, "amount": amount});
    api.send(
        api.creation(product.to_string())
            .header("idempotency-key", key),
    )
    .await
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == Some("true")
}

#[tokio::test]
async fn a_retry_is_given_the_first_answer_also_after_a_restart() {
    for store in Store::both() {
        let mut service = Service::start(&store).await;
        let first = post(&service.client(), "order-1", 1).await.expect(201);
        assert!(!is_replay(&first), "on {store}");

        let mut replays = vec![post(&service.client(), "order-1", 1).await];
        service.kill9();
        service.restart().await;
        replays.push(post(&service.client(), "order-1", 1).await);

        for replay in replays {
            let replay = replay.expect(201);
            assert!(is_replay(&replay), "on {store}: {:?}", replay.headers);
            assert_eq!(replay.body, first.body, "on {store}");
            assert_eq!(replay.etag(), first.etag(), "on {store}");
            assert_eq!(
                replay.header("location"),
                first.header("location"),
                "on {store}"
            );
        }
        let api = service.client();
        assert_eq!(api.count().await, 1, "on {store}");
        assert_eq!(
            api.created().await,
            0.0,
            "a replay creates nothing, on {store}"
        );
        post(&api, "order-1", 2).await.problem(422);
        assert_eq!(api.count().await, 1, "on {store}");
    }
}

#[tokio::test]
async fn many_retries_at_once_create_one_product() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();

        let mut retries = JoinSet::new();
        for _ in 0..RETRIES {
            let api = api.clone();
            retries.spawn(async move { post(&api, "order-2", 1).await.expect(201) });
        }
        let answers = retries.join_all().await;

        let first_answers = answers.iter().filter(|answer| !is_replay(answer)).count();
        assert_eq!(first_answers, 1, "on {store}");
        assert_eq!(api.count().await, 1, "on {store}");
        assert_eq!(api.created().await, 1.0, "on {store}");
    }
}

#[tokio::test]
async fn retries_to_several_replicas_create_one_product() {
    let store = Store::postgres();
    let replicas = [Service::start(&store).await, Service::start(&store).await];

    let mut retries = JoinSet::new();
    for retry in 0..RETRIES {
        let api = replicas[retry % replicas.len()].client();
        retries.spawn(async move { post(&api, "order-4", 1).await.expect(201).id() });
    }
    let mut ids = retries.join_all().await;

    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let mut created = 0.0;
    for replica in &replicas {
        assert_eq!(replica.client().count().await, 1);
        created += replica.client().created().await;
    }
    assert_eq!(created, 1.0);
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_its_key() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    let invalid = r#"{"name":"Once","price":-1,"amount":1}"#;

    let refused = api
        .send(api.creation(invalid).header("idempotency-key", "order-3"))
        .await;
    refused.problem(422);

    post(&api, "order-3", 1).await.expect(201);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    let product = r#"{"name":"Once","price":1,"amount":1}"#;

    for (key, reason) in [(String::new(), "empty"), ("k".repeat(256), "too long")] {
        let answer = api
            .send(api.creation(product).header("idempotency-key", key))
            .await;
        assert!(
            (400..500).contains(&answer.status),
            "{reason}: {}",
            answer.status
        );
        answer.problem(answer.status);
    }
    assert_eq!(api.count().await, 0);
}
