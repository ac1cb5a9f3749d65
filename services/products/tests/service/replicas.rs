//! Several processes on one database.

use std::time::Duration;

use products::{service::migrate_database, store::Store};
use telemetry::{Metrics, MetricsSettings};

use crate::app::{App, config};
use crate::place::{BOTH, Engine, Place};

#[tokio::test]
async fn replicas_that_start_at_once_migrate_once() {
    for engine in BOTH {
        let place = Place::new(engine);
        let config = config(&place.url(), &[]);

        let migrations = (0..6).map(|_| migrate_database(&config, false));
        let applied = futures_util::future::join_all(migrations).await;

        let mut applied: Vec<usize> = applied
            .into_iter()
            .map(|applied| applied.expect("a schema"))
            .collect();
        applied.sort_unstable();
        assert_eq!(applied, [0, 0, 0, 0, 0, 1], "{engine:?}");
    }
}

#[tokio::test]
async fn a_replica_waits_for_one_that_prepares_the_file() {
    let place = Place::new(Engine::Sqlite);
    // A transaction on a file without a write-ahead log, as before the first migration.
    let other = place.hold().await;
    let config = config(&place.url(), &[]);

    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        other.rollback().await.expect("an end");
    };
    let (applied, ()) = tokio::join!(migrate_database(&config, false), release);

    assert_eq!(applied.expect("a schema"), 1);
}

#[tokio::test]
async fn a_service_that_does_not_migrate_waits_for_the_schema() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::launch(&place, &[("database.migrate_on_start", "false")]).await;
        app.get("/products")
            .await
            .expect_problem(503, &["waits for its database"]);
        app.get("/health/ready").await.expect(503);
        app.get("/health/live").await.expect(200);
        app.get("/docs").await.expect(200);
        let pending = "db_migrations_pending";
        servers::poll_until("a look at the schema", Duration::from_secs(20), || async {
            match app.metric(pending).await {
                1.0 => Ok(()),
                other => Err(other),
            }
        })
        .await;

        let applied = migrate_database(&config(&place.url(), &[]), false)
            .await
            .expect("a schema");

        app.becomes_ready().await;
        app.get("/products").await.expect(200);
        assert_eq!(app.metric(pending).await, 0.0, "{engine:?}");
        assert_eq!(applied, 1, "{engine:?}");
    }
}

#[tokio::test]
async fn replicas_see_each_others_writes() {
    let place = Place::new(Engine::Postgres);
    let one = App::start_at(&place, &[]).await;
    let two = App::start_at(&place, &[]).await;

    let id = one.create("shared", "1", 1).await["id"].as_i64().unwrap();

    two.patch(id, r#"{"amount":2}"#).await.expect(200);
    assert_eq!(
        one.get(&format!("/products/{id}")).await.json()["amount"],
        2
    );
}

#[tokio::test]
async fn a_database_that_a_newer_release_has_migrated_is_served() {
    for engine in BOTH {
        let place = Place::new(engine);
        App::start_at(&place, &[]).await.stop().await;
        place
            .execute("INSERT INTO seaql_migrations VALUES ('m9999_of_the_future', 0)")
            .await;

        let app = App::start_at(&place, &[]).await;

        app.create("served", "1", 1).await;
    }
}

#[tokio::test]
async fn a_service_that_waits_for_its_schema_can_be_stopped() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::launch(&place, &[("database.migrate_on_start", "false")]).await;

        let stopped = tokio::time::timeout(Duration::from_secs(60), app.stop()).await;

        stopped.expect("an end");
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever_for_a_database_that_hangs() {
    let place = Place::new(Engine::Postgres);
    let app = App::start_at(&place, &[("server.shutdown_timeout", "300ms")]).await;
    let Place::Server(database) = &place else {
        unreachable!("PostgreSQL was asked for")
    };
    let lock = database.lock("products").expect("a lock");
    let url = format!("{}/products/1", app.url);
    let hanging = tokio::spawn(reqwest::Client::new().delete(url).send());
    servers::poll_until("the write to wait", Duration::from_secs(10), || async {
        let waiting = database.waiting().expect("a number");
        if waiting > 0 { Ok(()) } else { Err(waiting) }
    })
    .await;

    let stopped = tokio::time::timeout(Duration::from_secs(60), app.stop()).await;

    drop(lock);
    stopped.expect("an end");
    let answer = hanging.await.unwrap().expect("an answer");
    assert_eq!(answer.status(), 503, "the request was cut");
}

#[test]
fn a_file_that_may_not_be_created_has_to_be_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}/missing/products.db", folder.path().display());

    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let refused = Store::open(&config(&url, &[]).database, &metrics)
        .err()
        .expect("a refusal")
        .to_string();

    assert!(refused.contains("mode=rwc"), "{refused}");
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        0,
        "nothing was made"
    );
}

#[tokio::test]
async fn a_service_whose_database_was_replaced_ends_and_its_next_start_serves() {
    let place = Place::new(Engine::Postgres);
    let app = App::start_at(&place, &[]).await;
    app.create("gone", "1", 1).await;
    place.execute("DROP SCHEMA public CASCADE").await;
    place.execute("CREATE SCHEMA public").await;

    app.get("/products").await.expect_problem(503, &[]);

    let reason = app.fails().await;
    assert!(reason.contains("lost its schema"), "{reason}");
    let app = App::start_at(&place, &[]).await;
    assert_eq!(app.count().await, 0);
}

#[tokio::test]
async fn a_table_that_is_missing_alone_is_no_reason_to_end() {
    let place = Place::new(Engine::Postgres);
    let app = App::start_at(&place, &[]).await;
    place.execute("ALTER TABLE products RENAME TO hidden").await;
    app.get("/products").await.expect_problem(503, &[]);

    place.execute("ALTER TABLE hidden RENAME TO products").await;

    app.get("/products").await.expect(200);
    app.stop().await;
}
