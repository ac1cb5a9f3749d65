//! A script that is known, counted exactly.

use sea_orm::ConnectionTrait;

use crate::setup::{KINDS, Measured, OPERATIONS, Setup, execute, fresh};

#[tokio::test]
async fn every_series_is_there_before_the_first_statement() {
    let folder = tempfile::tempdir().unwrap();

    let things = Setup::default().sqlite(&folder);

    assert_eq!(things.statements().await, [0; OPERATIONS.len()]);
    assert_eq!(things.errors().await, []);
    for series in [
        "db_pool_checked_out_connections",
        "db_pool_idle_connections",
        "db_pool_waiters",
        "db_pool_acquire_duration_seconds_count",
        "db_pool_timeouts_total",
        "db_migrations_pending",
    ] {
        assert_eq!(things.metric(series).await, 0, "{series}");
    }
    assert_eq!(things.metric("db_pool_max_connections").await, 2);
    assert_eq!(KINDS.len() * OPERATIONS.len(), 20, "all were looked for");
}

#[tokio::test]
async fn a_script_is_counted_exactly_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();

    is_counted(&Setup::default().sqlite(&folder)).await;
}

#[tokio::test]
async fn a_script_is_counted_exactly_on_postgres() {
    let (_server, options) = fresh();

    is_counted(&Setup::default().postgres(options)).await;
}

/// Runs statements of every kind in every way there is.
async fn is_counted(things: &Measured) {
    let schema = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
    things.database.execute_unprepared(schema).await.unwrap();
    for id in 1..=3 {
        let insert = format!("INSERT INTO things VALUES ({id}, 'a')");
        things.execute(&insert).await.unwrap();
    }
    things
        .execute("INSERT INTO things VALUES (1, 'a')")
        .await
        .expect_err("the id is taken");
    things
        .execute("UPDATE things SET name = NULL")
        .await
        .expect_err("a name is needed");
    things
        .query("SELECT * FROM nothings")
        .await
        .expect_err("no such table");
    things
        .query("WITH one AS (SELECT 1) SELECT * FROM one")
        .await
        .unwrap();
    in_transactions(things).await;

    assert_eq!(things.statements().await, [3, 6, 2, 1, 5]);
    assert_eq!(
        things.errors().await,
        [
            ("select", "other", 1),
            ("insert", "constraint", 1),
            ("update", "constraint", 1)
        ]
    );
    // Eight statements and two transactions.
    assert_eq!(
        things
            .metric("db_pool_acquire_duration_seconds_count")
            .await,
        10
    );
    assert_eq!(things.metric("db_pool_timeouts_total").await, 0);
    things.becomes("db_pool_checked_out_connections", 0).await;
}

/// One that lasts and one that does not.
async fn in_transactions(things: &Measured) {
    let tx = things.begin().await.unwrap();
    execute(&tx, "INSERT INTO things VALUES (4, 'a')")
        .await
        .unwrap();
    execute(&tx, "UPDATE things SET name = 'b'").await.unwrap();
    tx.commit().await.unwrap();

    let tx = things.begin().await.unwrap();
    execute(&tx, "DELETE FROM things").await.unwrap();
    tx.execute_unprepared("INSERT INTO things VALUES (9, 'z')")
        .await
        .unwrap();
    tx.execute_unprepared("SELECT 1").await.unwrap();
    tx.rollback().await.unwrap();
}
