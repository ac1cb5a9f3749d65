//! SQLite's one writer at a time.

use sea_orm::{ConnectionTrait, SqliteTransactionMode, TransactionOptions};
use telemetry::Transaction;

use crate::setup::{Measured, Setup, execute};

const WAITERS: &str = "db_pool_waiters";

async fn begin_writing(things: &Measured) -> Transaction {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    things.database.begin(options).await.unwrap()
}

async fn rows(things: &Measured) -> usize {
    things.query("SELECT * FROM things").await.unwrap().len()
}

#[tokio::test]
async fn writers_take_turns_and_readers_pass() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        max_connections: 3,
        ..Setup::default()
    };
    let things = setup.sqlite(&folder);
    let schema = "CREATE TABLE things (id INTEGER)";
    things.database.execute_unprepared(schema).await.unwrap();

    let first = begin_writing(&things).await;
    let second = tokio::spawn({
        let things = things.clone();
        async move {
            let tx = begin_writing(&things).await;
            execute(&tx, "INSERT INTO things VALUES (2)").await.unwrap();
            tx.commit().await.unwrap();
        }
    });
    things.becomes(WAITERS, 1).await;
    let third = tokio::spawn({
        let things = things.clone();
        async move { things.execute("INSERT INTO things VALUES (3)").await }
    });
    things.becomes(WAITERS, 2).await;

    assert_eq!(rows(&things).await, 0, "readers do not wait");
    let reading = things.begin().await.unwrap();
    reading.rollback().await.unwrap();
    execute(&first, "INSERT INTO things VALUES (1)")
        .await
        .unwrap();
    first.commit().await.unwrap();

    // Without turns one of them would find the file busy: nobody waits within SQLite here.
    second.await.unwrap();
    third.await.unwrap().unwrap();
    assert_eq!(rows(&things).await, 3);
    assert_eq!(things.metric(WAITERS).await, 0);
    assert_eq!(things.errors().await, []);
}

#[tokio::test]
async fn a_writer_that_left_gives_its_turn_away() {
    let folder = tempfile::tempdir().unwrap();
    let things = Setup::default().sqlite(&folder);
    let schema = "CREATE TABLE things (id INTEGER)";
    things.database.execute_unprepared(schema).await.unwrap();
    let first = begin_writing(&things).await;
    let second = tokio::spawn({
        let things = things.clone();
        async move { begin_writing(&things).await }
    });
    things.becomes(WAITERS, 1).await;

    second.abort();

    things.becomes(WAITERS, 0).await;
    first.commit().await.unwrap();
    things
        .execute("INSERT INTO things VALUES (1)")
        .await
        .unwrap();
}
