//! The pool's gauges while the pool is exhausted.

use std::net::TcpListener;

use sea_orm::{DbErr, sqlx::postgres::PgConnectOptions};
use servers::TableLock;
use telemetry::PoolState;
use tokio::task::{JoinHandle, JoinSet};

use crate::{
    failures::{SLEEP, await_sleeper, sleepers},
    setup::{Measured, Setup, fresh},
};

const CONNECTIONS: u32 = 3;
const WAITERS: u64 = 4;

/// A pool whose connections all wait for a lock, and more work that waits for the pool.
struct Exhausted {
    things: Measured,
    work: Vec<JoinHandle<Result<(), DbErr>>>,
    lock: TableLock,
}

impl Exhausted {
    async fn bring_about(hooked: bool) -> Self {
        let (server, options) = fresh();
        server
            .query("CREATE TABLE things (); GRANT ALL ON things TO PUBLIC")
            .unwrap();
        let setup = Setup {
            max_connections: CONNECTIONS,
            hooked,
            ..Setup::default()
        };
        let things = setup.postgres(options);
        let lock = server.lock("things").unwrap();
        let mut work = Vec::new();
        for number in 0..u64::from(CONNECTIONS) + WAITERS {
            work.push(tokio::spawn(one_piece(things.clone(), number % 2 == 0)));
        }
        things.becomes("db_pool_waiters", WAITERS).await;
        Self { things, work, lock }
    }
}

/// A statement alone or in a transaction.
async fn one_piece(things: Measured, in_transaction: bool) -> Result<(), DbErr> {
    let delete = "DELETE FROM things";
    if !in_transaction {
        return things.execute(delete).await.map(drop);
    }
    let tx = things.begin().await?;
    crate::setup::execute(&tx, delete).await?;
    tx.commit().await
}

#[tokio::test]
async fn an_exhausted_pool_shows_who_waits_and_who_does_not() {
    for hooked in [true, false] {
        shows_who_waits(hooked).await;
    }
}

async fn shows_who_waits(hooked: bool) {
    let Exhausted { things, work, lock } = Exhausted::bring_about(hooked).await;

    let out = things.metric("db_pool_checked_out_connections").await;
    assert_eq!(out, u64::from(CONNECTIONS));
    assert_eq!(things.metric("db_pool_idle_connections").await, 0);
    assert_eq!(things.metric("db_pool_waiters").await, WAITERS);
    let state = PoolState {
        max_connections: CONNECTIONS,
        checked_out: CONNECTIONS,
        idle: 0,
        waiters: WAITERS as u32,
    };
    assert_eq!(things.database.pool(), state);

    drop(lock);
    let pieces = work.len() as u64;
    for piece in work {
        piece.await.unwrap().unwrap();
    }

    assert_eq!(things.metric("db_pool_waiters").await, 0);
    things.becomes("db_pool_checked_out_connections", 0).await;
    assert_eq!(
        things.metric("db_pool_idle_connections").await,
        u64::from(CONNECTIONS)
    );
    assert_eq!(
        things
            .metric("db_pool_acquire_duration_seconds_count")
            .await,
        pieces
    );
    assert_eq!(things.metric("db_pool_timeouts_total").await, 0);
}

#[tokio::test]
async fn who_stops_waiting_is_no_waiter() {
    let Exhausted { things, work, lock } = Exhausted::bring_about(true).await;

    for (gone, piece) in work.iter().rev().take(WAITERS as usize).enumerate() {
        piece.abort();
        let left = WAITERS - 1 - gone as u64;
        things.becomes("db_pool_waiters", left).await;
    }

    assert_eq!(
        things.metric("db_pool_checked_out_connections").await,
        u64::from(CONNECTIONS)
    );
    drop(lock);
    let mut finished = 0;
    for piece in work {
        finished += u32::from(piece.await.is_ok());
    }
    assert_eq!(finished, CONNECTIONS, "who had a connection finished");
    assert_eq!(things.statements().await[3], u64::from(CONNECTIONS));
}

#[tokio::test]
async fn who_waits_for_the_statement_of_a_caller_that_left_is_a_waiter() {
    let (server, options) = fresh();
    let setup = Setup {
        max_connections: 1,
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

    let next = tokio::spawn({
        let things = things.clone();
        async move { things.query("SELECT 1").await }
    });

    things.becomes("db_pool_waiters", 1).await;
    let out = things.metric("db_pool_checked_out_connections").await;
    assert_eq!(out, 1);
    server.query(&sleepers("pg_cancel_backend(pid)")).unwrap();
    next.await.unwrap().unwrap();
    assert_eq!(things.metric("db_pool_waiters").await, 0);
}

#[tokio::test]
async fn a_connection_that_is_being_opened_is_waited_for_and_not_in_use() {
    // The system accepts, nobody answers.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = PgConnectOptions::new()
        .host("127.0.0.1")
        .port(mute.local_addr().unwrap().port())
        .username("nobody");
    let setup = Setup {
        max_connections: CONNECTIONS,
        ..Setup::default()
    };
    let things = setup.postgres(options);

    let mut work = JoinSet::new();
    for _ in 0..u64::from(CONNECTIONS) + WAITERS {
        work.spawn(one_piece(things.clone(), false));
    }

    let all = u64::from(CONNECTIONS) + WAITERS;
    things.becomes("db_pool_waiters", all).await;
    assert_eq!(things.metric("db_pool_checked_out_connections").await, 0);
    work.shutdown().await;
    things.becomes("db_pool_waiters", 0).await;
    things.becomes("db_pool_checked_out_connections", 0).await;
}
