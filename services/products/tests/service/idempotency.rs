//! `Idempotency-Key`: one effect, however often a request comes.

use reqwest::Method;

use crate::app::{Answer, App, BOTH, Engine, Place, Request};

const BODY: &str = r#"{"name":"once","price":1,"amount":1}"#;

async fn post(app: &App, key: &str, body: &str) -> Answer {
    app.send(
        Request::new(Method::POST, "/products")
            .header("idempotency-key", key)
            .json(body),
    )
    .await
}

fn same(first: &Answer, second: &Answer) {
    assert_eq!(first.status, second.status);
    assert_eq!(first.body, second.body);
    for header in ["location", "etag", "content-type"] {
        assert_eq!(
            first.headers.get(header),
            second.headers.get(header),
            "{header}"
        );
    }
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_and_creates_nothing() {
    for engine in BOTH {
        let app = App::start(engine).await;
        for body in [BODY.to_owned(), format!("[{BODY},{BODY}]")] {
            let key = body.len().to_string();
            let first = post(&app, &key, &body).await.expect(201);

            let retry = post(&app, &key, &body).await.expect(201);

            same(&first, &retry);
            assert!(!first.headers.contains_key("idempotency-replayed"));
            assert_eq!(retry.header("idempotency-replayed"), "true");
        }
        assert_eq!(app.count().await, 3);
        assert_eq!(
            app.metric("items_created_total{resource=\"products\"}")
                .await,
            3.0
        );
    }
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_also_when_the_product_has_changed() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let first = post(&app, "k", BODY).await.expect(201);
        app.delete(first.json()["id"].as_i64().unwrap())
            .await
            .expect(204);

        same(&first, &post(&app, "k", BODY).await);

        assert_eq!(app.count().await, 0);
    }
}

#[tokio::test]
async fn another_body_with_the_same_key_is_refused() {
    for engine in BOTH {
        let app = App::start(engine).await;
        post(&app, "k", BODY).await.expect(201);

        let other = post(&app, "k", r#"{"name":"other","price":1,"amount":1}"#).await;

        other.expect_problem(
            422,
            &["Idempotency-Key", "pointer", "differs from the body"],
        );
        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test]
async fn a_refused_creation_leaves_its_key_free() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let taken = r#"{"id":7,"name":"a","price":1,"amount":1}"#;
        app.post(taken).await.expect(201);
        post(&app, "k", taken).await.expect_problem(409, &[]);
        app.delete(7).await.expect(204);

        post(&app, "k", taken).await.expect(201);
    }
}

#[tokio::test]
async fn concurrent_retries_create_one_product() {
    for engine in BOTH {
        let app = App::start(engine).await;

        let retries = (0..20).map(|_| post(&app, "k", BODY));
        let answers = futures_util::future::join_all(retries).await;

        let replayed = answers
            .iter()
            .filter(|answer| answer.headers.contains_key("idempotency-replayed"));
        assert_eq!(replayed.count(), 19, "{engine:?}");
        for answer in &answers {
            same(&answers[0], answer);
        }
        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test]
async fn retries_at_two_replicas_create_one_product() {
    let place = Place::new(Engine::Postgres);
    let one = App::start_at(&place, &[]).await;
    let two = App::start_at(&place, &[]).await;

    let retries = (0..20).map(|at| post(if at % 2 == 0 { &one } else { &two }, "k", BODY));
    let answers = futures_util::future::join_all(retries).await;

    for answer in &answers {
        same(&answers[0], answer);
    }
    assert_eq!(two.count().await, 1);
}

#[tokio::test]
async fn a_retry_after_a_restart_gets_the_first_answer() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::start_at(&place, &[]).await;
        let first = post(&app, "k", BODY).await.expect(201);
        app.stop().await;

        let app = App::start_at(&place, &[]).await;
        same(&first, &post(&app, "k", BODY).await);
        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = App::start(Engine::Sqlite).await;
    for key in ["", &"k".repeat(256), "a\tb"] {
        post(&app, key, BODY)
            .await
            .expect_problem(400, &["Idempotency-Key", "255 printable"]);
    }
    post(&app, &"k".repeat(255), BODY).await.expect(201);
    assert_eq!(app.count().await, 1);
}
