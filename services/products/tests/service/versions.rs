//! Versions: drawn in commit order, never repeated.

use std::{sync::Arc, time::Duration};

use products::{
    domain::{Amount, NewProduct, Price, ProductId, ProductName},
    service::migrate_database,
    store::{Created, Error, Precondition, Store},
};

use crate::app::{App, config, open_store};
use crate::place::{BOTH, Engine, Place};

async fn store(place: &Place) -> Arc<Store> {
    let store = open_store(place);
    store.migrate().await.expect("a schema");
    Arc::new(store)
}

fn product(id: ProductId) -> NewProduct {
    NewProduct {
        id: Some(id),
        name: ProductName::parse("contested").unwrap(),
        price: Price::parse("1").unwrap(),
        amount: Amount::parse("1").unwrap(),
    }
}

/// Creations and deletions of one id alternate in commit order. If versions follow that order, they
/// alternate when sorted by version, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn versions_of_an_id_rise_in_commit_order() {
    for engine in BOTH {
        let place = Place::new(engine);
        let store = store(&place).await;
        let id = ProductId::new(5).unwrap();

        let tasks = (0..8).map(|worker| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut events = Vec::new();
                for _ in 0..60 {
                    if worker % 2 == 0 {
                        match store.create(&[product(id)], None).await {
                            Ok(Created::New(products)) => {
                                events.push((products[0].version.value(), "create"));
                            }
                            Err(Error::IdTaken(0)) => {}
                            other => panic!("{other:?}"),
                        }
                    } else {
                        match store.delete(id, &Precondition::None).await {
                            Ok(version) => events.push((version.value(), "delete")),
                            Err(Error::NotFound) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                events
            })
        });
        let mut events = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            events.extend(task.await.unwrap());
        }

        events.sort_unstable();
        assert!(events.len() > 2, "{engine:?}: nothing happened");
        for (at, (version, event)) in events.iter().enumerate() {
            let expected = if at % 2 == 0 { "create" } else { "delete" };
            assert_eq!(
                *event, expected,
                "{engine:?}: version {version} is out of order: {events:?}"
            );
        }
    }
}

/// The one that waits for the holder of an id gets a version above the holder's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creation_that_waits_for_a_deletion_gets_a_later_version() {
    let place = Arc::new(Place::new(Engine::Postgres));
    let store = store(&place).await;
    let id = ProductId::new(5).unwrap();
    store.create(&[product(id)], None).await.unwrap();
    query(&place, "CREATE TABLE drawn (version bigint)").await;

    // Another session deletes the row, waits until the creation waits for it, and draws its version.
    let deletion = "DO $$ BEGIN
        DELETE FROM products WHERE id = 5;
        FOR i IN 1..500 LOOP
            EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                              WHERE datname = current_database() AND wait_event_type = 'Lock');
            PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
        END LOOP;
        INSERT INTO drawn VALUES (nextval('products_version_seq'));
    END $$";
    let deleting = tokio::spawn({
        let place = place.clone();
        async move { query(&place, deletion).await }
    });
    let held = "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                WHERE relname = 'products' AND mode = 'RowExclusiveLock'";
    servers::poll_until("the row is held", Duration::from_secs(10), || async {
        let locks = query(&place, held).await;
        if locks == "0" { Err(locks) } else { Ok(()) }
    })
    .await;
    let Created::New(products) = store.create(&[product(id)], None).await.unwrap() else {
        panic!("no idempotency key was given")
    };

    deleting.await.unwrap();
    let drawn: i64 = query(&place, "SELECT version FROM drawn")
        .await
        .parse()
        .unwrap();
    assert!(
        products[0].version.value() > drawn,
        "{products:?} is older than {drawn}"
    );
}

/// A client of before may hold any version that was given between the backup and a restore.
#[tokio::test]
async fn no_version_is_given_again_after_a_restore() {
    for engine in BOTH {
        let place = Place::new(engine);
        let app = App::start_at(&place, &[]).await;
        let id = app.create("backed up", "1", 1).await["id"]
            .as_i64()
            .unwrap();
        app.stop().await;
        let backup = place.back_up();

        let mut given = Vec::new();
        for restored in 0..3 {
            if restored > 0 {
                place.restore(&backup);
                let applied = migrate_database(&config(&place.url(), &[]), true).await;
                assert_eq!(applied.expect("a schema"), 0, "{engine:?}");
            }
            let app = App::start_at(&place, &[]).await;
            for amount in 0..3 {
                let changed = app.patch(id, format!(r#"{{"amount":{amount}}}"#)).await;
                given.push(changed.expect(200).header("etag").to_owned());
            }
            app.stop().await;
        }

        for (at, etag) in given.iter().enumerate() {
            assert!(!given[..at].contains(etag), "{engine:?}: {given:?}");
        }
    }
}

#[tokio::test]
async fn versions_leap_where_the_clock_is_behind_them() {
    for engine in BOTH {
        let place = Place::new(engine);
        let (store, id) = (store(&place).await, ProductId::new(5).unwrap());
        let last = i64::MAX / 2;
        place
            .execute(&match engine {
                Engine::Sqlite => format!("UPDATE sequences SET product_version = {last}"),
                Engine::Postgres => format!("SELECT setval('products_version_seq', {last})"),
            })
            .await;

        store.renew_cache_epoch().await.unwrap();

        let Created::New(products) = store.create(&[product(id)], None).await.unwrap() else {
            panic!("no idempotency key was given")
        };
        let version = products[0].version.value();
        assert_eq!(version, last + 1_000_000_001, "{engine:?}");
    }
}

async fn query(place: &Arc<Place>, sql: &'static str) -> String {
    let place = place.clone();
    let result = tokio::task::spawn_blocking(move || match &*place {
        Place::Server(database) => database.query(sql).expect("a result"),
        Place::File(_) => unreachable!("only PostgreSQL is asked"),
    });
    result.await.unwrap().trim().to_owned()
}
