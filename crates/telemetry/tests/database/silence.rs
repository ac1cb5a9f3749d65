//! A database that has fallen silent, and one that is only slow.

use std::{
    future::{self, Future},
    io,
    time::Duration,
};

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, postgres::PgConnectOptions},
};
use servers::{Database, Postgres, Proxy};
use tokio::time::timeout;

use crate::setup::{DEADLINE, Measured, Setup, execute, fresh};

/// Within this time the database must live or work on it ends.
const BOUND: Duration = Duration::from_secs(1);

const WATCHED: Setup = Setup {
    max_connections: 3,
    acquire_timeout: BOUND,
    hooked: true,
    pinged: false,
};

fn behind_a_proxy() -> (Database, Proxy, PgConnectOptions) {
    let server = Postgres::shared().database();
    let proxy = Proxy::start(Postgres::shared().address()).unwrap();
    let options = server.url_through(proxy.address()).parse().unwrap();
    (server, proxy, options)
}

/// Opens all connections of the pool and leaves them idle.
async fn warm_up(things: &Measured) {
    let mut open = Vec::new();
    for _ in 0..WATCHED.max_connections {
        open.push(things.begin().await.unwrap());
    }
    for tx in open {
        tx.rollback().await.unwrap();
    }
    let idle = WATCHED.max_connections.into();
    things.becomes("db_pool_idle_connections", idle).await;
}

/// What ends at all: what is waited for here would hang otherwise.
async fn ends<T>(work: impl Future<Output = T>) -> T {
    timeout(DEADLINE, work).await.expect("an end")
}

#[track_caller]
fn is_given_up(error: &DbErr) {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        panic!("{error:?}")
    };
    assert!(
        matches!(&**cause, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut),
        "{error:?}"
    );
}

#[tokio::test]
async fn work_on_a_silent_database_is_given_up_as_a_timeout() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    warm_up(&things).await;

    proxy.delay(Duration::from_secs(3600));

    is_given_up(&ends(things.query("SELECT 1")).await.unwrap_err());
    assert_eq!(things.errors().await, [("select", "timeout", 1)]);
}

#[tokio::test]
async fn who_waits_for_a_place_is_given_up_with_those_who_have_one() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    let mut held = Vec::new();
    for _ in 0..WATCHED.max_connections {
        held.push(things.begin().await.unwrap());
    }

    proxy.delay(Duration::from_secs(3600));

    let error = ends(things.query("SELECT 1")).await.unwrap_err();
    assert!(matches!(error, DbErr::Conn(_)), "{error:?}");
    assert_eq!(things.metric("db_pool_timeouts_total").await, 1);
    assert_eq!(things.errors().await, [], "it never ran");
}

#[tokio::test]
async fn connections_that_hang_for_ever_do_not_keep_new_ones_from_a_living_database() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    warm_up(&things).await;
    // The machine is gone, and its successor not there yet.
    proxy.strand();
    proxy.delay(Duration::from_secs(3600));
    let work = || ends(things.query("SELECT 1"));
    let lost = tokio::join!(work(), work(), work());
    assert!(lost.0.is_err() && lost.1.is_err() && lost.2.is_err());

    proxy.heal();

    for _ in 0..2 * WATCHED.max_connections {
        work().await.expect("a new connection");
    }
}

#[tokio::test]
async fn a_transaction_that_was_given_up_is_not_rolled_back_at_length() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    let tx = things.begin().await.unwrap();

    proxy.delay(Duration::from_secs(3600));

    is_given_up(&ends(execute(&tx, "SELECT 1")).await.unwrap_err());
    ends(tx.rollback()).await.unwrap();
    let statements = things.statements().await;
    assert_eq!(statements[4], 1, "BEGIN alone: no ROLLBACK was sent");
}

#[tokio::test]
async fn a_slow_statement_of_a_living_database_is_left_alone() {
    let (_server, options) = fresh();
    let things = WATCHED.watched(options);

    let slow = things.query("SELECT 1 FROM pg_sleep(2.5)").await;

    assert_eq!(slow.unwrap().len(), 1);
    assert_eq!(things.errors().await, []);
}

#[tokio::test]
async fn while_work_succeeds_a_question_without_an_answer_costs_nothing() {
    let (_server, options) = fresh();
    let mut things = WATCHED.postgres(options);
    let reopen = || panic!("the pool is good");
    things.database = things.database.watched(future::pending, reopen);
    let slow = things.query("SELECT 1 FROM pg_sleep(2.5)");
    let busy = async {
        loop {
            things.query("SELECT 1").await.unwrap();
        }
    };

    let (slow, ping) = tokio::select! {
        ends = async { tokio::join!(slow, things.database.ping()) } => ends,
        never = busy => never,
    };

    assert_eq!(slow.unwrap().len(), 1);
    ping.unwrap();
}

#[tokio::test]
async fn who_gets_a_place_in_front_of_the_pool_has_not_heard_the_database() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    warm_up(&things).await;
    proxy.cut();
    servers::poll_until("the loss to be found out", DEADLINE, || async {
        match things.database.ping().await {
            Err(_) => Ok(()),
            Ok(()) => Err("it answers"),
        }
    })
    .await;

    let (query, ping) =
        ends(async { tokio::join!(things.query("SELECT 1"), things.database.ping()) }).await;

    query.unwrap_err();
    ping.unwrap_err();
}

#[tokio::test]
async fn a_statement_that_the_database_would_have_ended_has_lost_its_connection() {
    let (_server, proxy, options) = behind_a_proxy();
    let mut things = WATCHED.watched(options);
    things.database = things.database.statement_timeout(Duration::from_millis(10));
    let mut tx = things.begin().await.unwrap();
    tx.take_time();
    execute(&tx, "SELECT 1 FROM pg_sleep(2.5)").await.unwrap();
    tx.rollback().await.unwrap();
    things.becomes("db_pool_idle_connections", 1).await;

    proxy.strand();

    is_given_up(&ends(things.query("SELECT 1")).await.unwrap_err());
    things.query("SELECT 1").await.expect("a new connection");
}

#[tokio::test]
async fn after_one_broken_connection_the_others_are_not_tried() {
    let (server, options) = fresh();
    let things = WATCHED.watched(options);
    warm_up(&things).await;
    server
        .query(
            "SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();

    things.query("SELECT 1").await.expect_err("it is gone");

    for _ in 0..2 * WATCHED.max_connections {
        things.query("SELECT 1").await.expect("a new connection");
    }
    assert_eq!(things.errors().await, [("select", "connection", 1)]);
}

#[tokio::test]
async fn a_ping_is_answered_while_the_pool_is_busy() {
    let (_server, proxy, options) = behind_a_proxy();
    let things = WATCHED.watched(options);
    let mut held = Vec::new();
    for _ in 0..WATCHED.max_connections {
        held.push(things.begin().await.unwrap());
    }

    things.database.ping().await.unwrap();
    proxy.delay(Duration::from_secs(3600));

    is_given_up(&ends(things.database.ping()).await.unwrap_err());
}
