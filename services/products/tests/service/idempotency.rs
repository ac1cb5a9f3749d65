//! `Idempotency-Key`: one effect, however often a request comes.

use std::time::Duration;

use reqwest::Method;

use crate::app::{Answer, App, Request, open_store};
use crate::place::{BOTH, Engine, Place};

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

#[tokio::test]
async fn a_key_older_than_a_day_is_free_again() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::start_at(&place, &[]).await;
        post(&app, "k", BODY).await.expect(201);
        place
            .execute("UPDATE idempotency_keys SET created_at_us = created_at_us - 86400000000")
            .await;

        let other = post(&app, "k", r#"{"name":"other","price":1,"amount":1}"#)
            .await
            .expect(201);

        assert!(!other.headers.contains_key("idempotency-replayed"));
        assert_eq!(app.count().await, 2);
    }
}

#[tokio::test]
async fn old_keys_are_purged_and_young_ones_kept() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::start_at(&place, &[]).await;
        post(&app, "young", BODY).await.expect(201);
        let old = "INSERT INTO idempotency_keys SELECT 'old ' || n, '', '', 0 FROM \
                   (WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 2500) \
                    SELECT n FROM count) AS numbers";
        place.execute(old).await;

        let purged = open_store(&place)
            .purge_idempotency_keys()
            .await
            .expect("a purge");

        assert_eq!(purged, 2500, "{engine:?}");
        assert_eq!(
            post(&app, "young", BODY)
                .await
                .header("idempotency-replayed"),
            "true"
        );
    }
}

#[tokio::test]
async fn a_retry_that_waits_too_long_is_told_to_come_back() {
    let place = Place::new(Engine::Postgres);
    let app = App::start_at(&place, &[("database.acquire_timeout", "300ms")]).await;
    let Place::Server(database) = &place else {
        unreachable!("PostgreSQL was asked for")
    };
    let lock = database.lock("products").expect("a lock");

    let (first, ()) = tokio::join!(post(&app, "k", BODY), async {
        servers::poll_until("the first to wait", Duration::from_secs(10), || async {
            let waiting = database.waiting().expect("a number");
            if waiting > 0 { Ok(()) } else { Err(waiting) }
        })
        .await;
        let retry = post(&app, "k", BODY).await;
        retry.expect_problem(409, &["still running"]);
        assert_eq!(retry.header("retry-after"), "1");
        drop(lock);
    });

    first.expect(201);
    assert_eq!(app.count().await, 1);
}
