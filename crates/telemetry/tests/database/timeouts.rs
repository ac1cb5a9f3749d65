//! One deadline from asking for a connection to having it, and none after.

use std::{net::TcpListener, time::Duration};

use sea_orm::{DbErr, error::ConnAcquireErr, sqlx::postgres::PgConnectOptions};
use servers::{Postgres, Proxy};

use crate::setup::{Measured, Setup, fresh};

const IMPATIENT: Setup = Setup {
    max_connections: 1,
    acquire_timeout: Duration::from_millis(200),
    hooked: true,
    pinged: false,
};

/// Ends like [`IMPATIENT`]'s work that had no connection, and leaves nothing behind.
async fn times_out(things: &Measured) {
    let error = things.query("SELECT 1").await.expect_err("no connection");

    let timeout = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    assert_eq!(error, timeout);
    assert_eq!(things.metric("db_pool_timeouts_total").await, 1);
    assert_eq!(things.metric("db_pool_waiters").await, 0);
    assert_eq!(things.statements().await[0], 0, "it never ran");
    assert_eq!(things.errors().await, []);
}

#[tokio::test]
async fn work_gives_up_when_nobody_gives_back() {
    let (_server, options) = fresh();
    let things = Setup {
        acquire_timeout: Duration::from_secs(2),
        ..IMPATIENT
    }
    .postgres(options);
    let tx = things.begin().await.unwrap();

    times_out(&things).await;

    drop(tx);
    things.becomes("db_pool_checked_out_connections", 0).await;
    things.query("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn work_gives_up_when_connecting_hangs() {
    // The system accepts, nobody answers.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let options = PgConnectOptions::new()
        .host("127.0.0.1")
        .port(port)
        .username("nobody");
    for hooked in [true, false] {
        let setup = Setup {
            hooked,
            ..IMPATIENT
        };
        let things = setup.postgres(options.clone());

        times_out(&things).await;

        let waits = "db_pool_acquire_duration_seconds_count";
        assert_eq!(things.metric(waits).await, 0, "hooked: {hooked}");
        things.becomes("db_pool_checked_out_connections", 0).await;
    }
}

#[tokio::test]
async fn work_gives_up_when_an_old_connection_does_not_answer() {
    let server = Postgres::shared().database();
    let proxy = Proxy::start(Postgres::shared().address()).unwrap();
    let setup = Setup {
        pinged: true,
        acquire_timeout: Duration::from_secs(2),
        ..IMPATIENT
    };
    let things = setup.postgres(server.url_through(proxy.address()).parse().unwrap());
    let tx = things.begin().await.unwrap();
    tx.rollback().await.unwrap();
    things.becomes("db_pool_idle_connections", 1).await;

    proxy.delay(Duration::from_secs(3600));

    times_out(&things).await;
    proxy.heal();
    things.query("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_statement_may_take_longer_than_its_connection() {
    let (_server, options) = fresh();
    for hooked in [true, false] {
        let things = Setup {
            hooked,
            acquire_timeout: Duration::from_secs(1),
            ..IMPATIENT
        }
        .postgres(options.clone());

        // Connecting first, with a connection that is there then.
        for _ in 0..2 {
            let slow = things.query("SELECT 1 FROM pg_sleep(1.5)").await;
            assert_eq!(slow.unwrap().len(), 1, "hooked: {hooked}");
        }

        assert_eq!(things.statements().await, [2, 0, 0, 0, 0]);
        assert_eq!(things.metric("db_pool_timeouts_total").await, 0);
    }
}

/// On a clock of its own: time passes when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_and_connecting_share_one_deadline() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = mute.local_addr().unwrap().port();
    let options = PgConnectOptions::new()
        .host("127.0.0.1")
        .port(port)
        .username("nobody");
    let patience = Duration::from_secs(60);
    let setup = Setup {
        acquire_timeout: patience,
        ..IMPATIENT
    };
    let things = setup.postgres(options);
    let first = tokio::spawn({
        let things = things.clone();
        async move { things.query("SELECT 1").await }
    });
    tokio::time::sleep(patience / 2).await;

    // Its place is free when half of its time is up; connecting has the other half.
    let deadline_of_its_own = tokio::time::sleep(patience * 5 / 4);
    tokio::select! {
        second = things.query("SELECT 2") => second.expect_err("no connection"),
        () = deadline_of_its_own => panic!("connecting had the whole time"),
    };

    assert!(first.is_finished(), "it asked first");
    first.await.unwrap().expect_err("no connection");
}
