//! Reads that are answered from memory.

use std::{sync::Arc, time::Duration};

use reqwest::Method;
use servers::{Redis, poll_until};

use crate::app::{App, Request};
use crate::place::{BOTH, Engine, Place};

const DEADLINE: Duration = Duration::from_secs(20);

const BODY: &str = r#"{"name":"Hot","price":1,"amount":1}"#;

#[tokio::test]
async fn a_thousand_misses_of_one_product_ask_the_database_once_or_twice() {
    for engine in BOTH {
        let settings = [("cache.local", "on")];
        let app = Arc::new(App::start_with(engine, &settings).await);
        app.post(BODY).await.expect(201);
        let selects = "db_queries_total{operation=\"select\"}";
        let before = app.metric(selects).await;

        let readers: Vec<_> = (0..1000)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.get("/products/1").await.expect(200).json() })
            })
            .collect();
        for reader in readers {
            assert_eq!(reader.await.unwrap()["name"], "Hot");
        }

        let asked = app.metric(selects).await - before;
        assert!((1.0..=2.0).contains(&asked), "{asked} on {engine:?}");
        let reads = app.metric("items_read_total{resource=\"products\"}").await;
        assert_eq!(reads, 1000.0, "each was a read");
    }
}

#[tokio::test]
async fn what_is_not_there_is_kept_until_it_is_created() {
    for engine in BOTH {
        let app = App::start_with(engine, &[("cache.local", "on")]).await;
        for _ in 0..3 {
            app.get("/products/1").await.expect(404);
        }
        let hits = "cache_requests_total{result=\"negative_hit\",tier=\"local\"}";
        assert_eq!(app.metric(hits).await, 2.0, "{engine:?}");

        app.post(BODY).await.expect(201);

        app.get("/products/1").await.expect(200);
        app.delete(1).await.expect(204);
        app.get("/products/1").await.expect(404);
    }
}

#[tokio::test]
async fn a_cache_that_is_switched_off_keeps_nothing() {
    for engine in BOTH {
        let app = App::start_with(engine, &[("cache.enabled", "false")]).await;
        app.post(BODY).await.expect(201);

        for _ in 0..2 {
            let read = app.get("/products/1").await.expect(200);
            assert_eq!(read.header("x-cache"), "bypass", "{engine:?}");
        }
    }
}

/// As when the first replica fails between its commit and telling the others.
#[tokio::test]
async fn who_is_told_once_more_of_a_creation_reads_what_was_created() {
    for engine in BOTH {
        for body in [BODY.to_owned(), format!("[{BODY},{BODY}]")] {
            let place = Place::new(engine);
            let alone = [("cache.local", "on")];
            let first = App::start_at(&place, &alone).await;
            let other = App::start_at(&place, &alone).await;
            other.get("/products/1").await.expect(404);
            let create = || {
                let create = Request::new(Method::POST, "/products");
                create.header("idempotency-key", "k").json(&body)
            };
            first.send(create()).await.expect(201);

            let again = other.send(create()).await.expect(201);

            assert_eq!(again.header("idempotency-replayed"), "true");
            let read = other.get("/products/1").await;
            assert_eq!(read.status, 200, "{engine:?}, {body}");
        }
    }
}

#[tokio::test]
async fn only_a_write_that_may_have_taken_effect_keeps_a_product_from_being_cached() {
    for (event, source, why) in [
        (
            "TRIGGER lost BEFORE UPDATE ON products",
            "hit",
            "it was not committed",
        ),
        (
            "CONSTRAINT TRIGGER lost AFTER UPDATE ON products DEFERRABLE INITIALLY DEFERRED",
            "miss",
            "nobody knows what became of the commit",
        ),
    ] {
        let place = Place::new(Engine::Postgres);
        let app = App::start_at(&place, &[("cache.local", "on")]).await;
        app.post(BODY).await.expect(201);
        let end = "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS \
                   'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'";
        place.execute(end).await;
        let each = format!("CREATE {event} FOR EACH ROW EXECUTE FUNCTION lose()");
        place.execute(&each).await;

        let write = Request::new(Method::PUT, "/products/1").json(BODY);
        app.send(write).await.expect(503);

        for source in ["miss", source] {
            let read = app.get("/products/1").await.expect(200);
            assert_eq!(read.header("x-cache"), source, "{why}");
        }
    }
}

#[tokio::test]
async fn entries_are_counted_without_further_requests() {
    let app = App::start(Engine::Sqlite).await;
    app.post(BODY).await.expect(201);

    app.get("/products/1").await.expect(200);

    poll_until("one entry", DEADLINE, || async {
        let entries = app.metric("cache_entries").await;
        if entries == 1.0 { Ok(()) } else { Err(entries) }
    })
    .await;
}

#[tokio::test]
async fn a_service_that_stops_tells_what_it_could_not_tell_before() {
    let redis = Redis::start().unwrap();
    let place = Place::new(Engine::Postgres);
    let url = redis.url();
    let shared = [
        ("cache.redis_url", url.as_str()),
        ("cache.local", "off"),
        ("health.interval", "100ms"),
    ];
    // After its first failure the writer asks no more.
    let hasty = [
        ("cache.breaker_failures", "1"),
        ("cache.breaker_open", "1h"),
    ];
    let writer = App::start_at(&place, &[shared.as_slice(), &hasty].concat()).await;
    let reader = App::start_at(&place, &shared).await;
    writer.post(BODY).await.expect(201);
    redis.save_snapshot().unwrap();
    redis.kill().unwrap();
    writer.patch(1, r#"{"name":"Cold"}"#).await.expect(200);
    redis.restart_from_snapshot().unwrap();
    poll_until("what was there before", DEADLINE, || async {
        let read = reader.get("/products/1").await.expect(200);
        let name = read.json()["name"].to_string();
        if name.contains("Hot") {
            Ok(())
        } else {
            Err(name)
        }
    })
    .await;
    poll_until("the writer's way to Redis", DEADLINE, || async {
        let health = writer.get("/health").await.expect(200).json();
        let state = health["checks"]["cache"].to_string();
        if state.contains("\"healthy") {
            Ok(())
        } else {
            Err(state)
        }
    })
    .await;

    writer.stop().await;

    let read = reader.get("/products/1").await.expect(200);
    assert_eq!(read.json()["name"], "Cold");
}
