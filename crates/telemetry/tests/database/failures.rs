//! Kinds of failure, brought about for real.

use std::time::Duration;

use sea_orm::{ConnectionTrait, sqlx::postgres::PgConnectOptions};
use servers::{Database, Postgres, Proxy, poll_until};

use crate::setup::{DEADLINE, Setup, execute, fresh};

pub(crate) const SLEEP: &str = "SELECT pg_sleep(600)";

/// The sessions of this database that run [`SLEEP`].
pub(crate) fn sleepers(column: &str) -> String {
    format!(
        "SELECT {column} FROM pg_stat_activity \
         WHERE datname = current_database() AND state = 'active' AND query = '{SLEEP}'"
    )
}

pub(crate) async fn await_sleeper(server: &Database) {
    poll_until("a statement that sleeps", DEADLINE, || async {
        match server.query(&sleepers("count(*)")).unwrap() {
            count if count == "1" => Ok(()),
            count => Err(count),
        }
    })
    .await;
}

#[tokio::test]
async fn statements_and_locks_that_take_too_long_are_timeouts() {
    let (server, options) = fresh();
    let things = Setup::default().postgres(options.options([("statement_timeout", "200ms")]));
    things.query(SLEEP).await.expect_err("too long");
    server
        .query("CREATE TABLE things (); GRANT ALL ON things TO PUBLIC")
        .unwrap();
    let lock = server.lock("things").unwrap();

    let tx = things.begin().await.unwrap();
    execute(&tx, "SET LOCAL lock_timeout = '10ms'")
        .await
        .unwrap();
    execute(&tx, "DELETE FROM things")
        .await
        .expect_err("locked");
    drop((tx, lock));

    assert_eq!(
        things.errors().await,
        [("select", "timeout", 1), ("delete", "timeout", 1)]
    );
    assert_eq!(things.statements().await, [1, 0, 0, 1, 2]);
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_a_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let things = Setup::default().sqlite(&folder);
    things
        .execute("CREATE TABLE things (id INTEGER)")
        .await
        .unwrap();
    let other = Setup::default().sqlite(&folder);
    let tx = other.begin().await.unwrap();
    execute(&tx, "INSERT INTO things VALUES (1)").await.unwrap();

    things
        .execute("INSERT INTO things VALUES (2)")
        .await
        .expect_err("held");

    assert_eq!(things.errors().await, [("insert", "timeout", 1)]);
}

#[tokio::test]
async fn a_killed_session_is_a_connection_that_failed() {
    let (server, options) = fresh();
    let things = Setup::default().postgres(options);
    let sleeper = tokio::spawn({
        let things = things.clone();
        async move { things.query(SLEEP).await }
    });
    await_sleeper(&server).await;

    let kill =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '{SLEEP}'");
    server.query(&kill).unwrap();

    sleeper.await.unwrap().expect_err("killed");
    things.query("SELECT 1").await.unwrap();
    assert_eq!(things.errors().await, [("select", "connection", 1)]);
    assert_eq!(things.statements().await, [2, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_cut_wire_fails_statements_begun_and_statements_to_come() {
    let server = Postgres::shared().database();
    let proxy = Proxy::start(Postgres::shared().address()).unwrap();
    let things = Setup::default().postgres(server.url_through(proxy.address()).parse().unwrap());
    let tx = things.begin().await.unwrap();

    proxy.cut();

    execute(&tx, "VALUES (1)").await.expect_err("cut");
    things.begin().await.expect_err("cannot connect");
    assert_eq!(
        things.errors().await,
        [("select", "connection", 1), ("other", "connection", 1)]
    );
    assert_eq!(things.statements().await, [1, 0, 0, 0, 2]);
    assert_eq!(
        things
            .metric("db_pool_acquire_duration_seconds_count")
            .await,
        1,
        "no second connection was in hand"
    );

    proxy.heal();
    drop(tx);
    things.query("SELECT 1").await.unwrap();
    assert_eq!(things.metric("db_pool_waiters").await, 0);
}

#[tokio::test]
async fn a_statement_whose_caller_left_is_counted_and_is_no_error() {
    for hooked in [true, false] {
        let (server, options) = fresh();
        let setup = Setup {
            hooked,
            ..Setup::default()
        };
        let things = setup.postgres(options);
        let sleeper = tokio::spawn({
            let things = things.clone();
            async move { things.query(SLEEP).await }
        });
        await_sleeper(&server).await;

        sleeper.abort();

        sleeper.await.expect_err("aborted");
        let counted = things.statements().await;
        assert_eq!(counted, [1, 0, 0, 0, 0], "hooked: {hooked}");
        assert_eq!(things.errors().await, [], "hooked: {hooked}");
        // The server does not notice by itself that nobody waits for the answer.
        server.query(&sleepers("pg_cancel_backend(pid)")).unwrap();
    }
}

/// Connects to where nobody listens: sqlx tries until its time is up.
#[tokio::test]
async fn a_server_that_is_not_there_is_a_timeout_of_the_pool() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let options = PgConnectOptions::new()
        .host("127.0.0.1")
        .port(unused.port())
        .username("nobody");
    let setup = Setup {
        acquire_timeout: Duration::from_millis(200),
        ..Setup::default()
    };
    let things = setup.postgres(options);

    things
        .database
        .execute_unprepared("SELECT 1")
        .await
        .expect_err("nobody there");

    assert_eq!(things.metric("db_pool_timeouts_total").await, 1);
    assert_eq!(things.statements().await, [0; 5]);
    assert_eq!(things.errors().await, []);
}
