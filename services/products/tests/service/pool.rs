//! The database's connections: what clients get when there are none, and what `/metrics` says.

use std::time::Duration;

use futures_util::future::join_all;
use products::service::migrate_database;
use servers::{Database, Postgres, Proxy, poll_until};
use tokio::join;

use crate::app::{Answer, App, config};
use crate::place::{Engine, Place};

const DEADLINE: Duration = Duration::from_secs(60);
const BODY: &str = r#"{"name":"Patient","price":1,"amount":1}"#;
const WAITERS: &str = "db_pool_waiters";
const CHECKED_OUT: &str = "db_pool_checked_out_connections";

async fn becomes(app: &App, series: &str, wanted: f64) {
    poll_until(&format!("{series} {wanted}"), DEADLINE, || async {
        match app.metric(series).await {
            value if value == wanted => Ok(()),
            value => Err(value),
        }
    })
    .await;
}

fn server_of(place: &Place) -> &Database {
    match place {
        Place::Server(database) => database,
        Place::File(_) => unreachable!("PostgreSQL was asked for"),
    }
}

/// Creates and reads at once, half and half.
async fn requests(app: &App, number: usize) -> Vec<Answer> {
    let requests = (0..number).map(|each| async move {
        match each % 2 {
            0 => app.post(BODY).await,
            _ => app.get("/products").await,
        }
    });
    join_all(requests).await
}

#[tokio::test]
async fn an_exhausted_pool_is_a_503_that_metrics_explain() {
    let place = Place::new(Engine::Postgres);
    let settings = [
        ("database.max_connections", "2"),
        ("database.acquire_timeout", "3s"),
        ("database.statement_timeout", "60s"),
    ];
    let app = App::start_at(&place, &settings).await;
    let lock = server_of(&place).lock("products").expect("a lock");
    let writers = join_all([app.post(BODY), app.post(BODY)]);

    let story = async {
        poll_until("writes that wait for the lock", DEADLINE, || async {
            match server_of(&place).waiting().expect("a number") {
                2 => Ok(()),
                waiting => Err(waiting),
            }
        })
        .await;
        join!(are_refused(&app, 5), shows_waiters(&app, 5.0));
        assert_eq!(app.metric("db_pool_timeouts_total").await, 5.0);
        assert_eq!(app.metric(WAITERS).await, 0.0);
        app.get("/health/ready").await.expect(200);
        drop(lock);
    };
    let (written, ()) = join!(writers, story);

    for answer in written {
        answer.expect(201);
    }
    becomes(&app, CHECKED_OUT, 0.0).await;
    assert_eq!(app.metric("db_pool_max_connections").await, 2.0);
    assert_eq!(app.count().await, 2, "what was refused has no effect");
}

async fn are_refused(app: &App, number: usize) {
    for answer in requests(app, number).await {
        answer.expect_problem(503, &["no database connection was free in time"]);
        assert_eq!(answer.header("retry-after"), "1");
    }
}

async fn shows_waiters(app: &App, number: f64) {
    becomes(app, WAITERS, number).await;
    assert_eq!(app.metric(CHECKED_OUT).await, 2.0);
    assert_eq!(app.metric("db_pool_idle_connections").await, 0.0);
}

#[tokio::test]
async fn a_database_that_does_not_let_anybody_in_is_a_503() {
    let server = Postgres::shared().database();
    let proxy = Proxy::start(Postgres::shared().address()).expect("a proxy");
    let url = server.url_through(proxy.address());
    let settings = [
        ("database.url", url.as_str()),
        ("database.max_connections", "1"),
        ("database.acquire_timeout", "2s"),
    ];
    let app = App::start_with(Engine::Sqlite, &settings).await;
    proxy.cut();
    app.get("/products").await.expect(503);
    proxy.heal();
    let timeouts = app.metric("db_pool_timeouts_total").await;

    // From now on connecting hangs: the connection that was there has been cut.
    proxy.delay(Duration::from_secs(3600));
    let answers = [app.get("/products").await, app.post(BODY).await];

    for answer in answers {
        answer.expect_problem(503, &["the database does not answer"]);
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(app.metric("db_pool_timeouts_total").await, timeouts + 2.0);
    proxy.heal();
    app.becomes_ready().await;
}

#[tokio::test]
async fn writers_on_sqlite_wait_for_their_turn_and_no_longer_than_allowed() {
    let place = Place::new(Engine::Sqlite);
    let settings = [
        ("database.acquire_timeout", "2s"),
        ("database.busy_timeout", "20s"),
    ];
    let app = App::start_at(&place, &settings).await;
    let held = place.hold().await;

    // The first has the turn and waits for the file, the other waits for its turn.
    let story = async {
        becomes(&app, CHECKED_OUT, 1.0).await;
        let reader = async {
            becomes(&app, WAITERS, 1.0).await;
            app.get("/products").await.expect(200);
        };
        let (refused, ()) = join!(app.post(BODY), reader);
        refused.expect_problem(503, &["no database connection was free in time"]);
        held.rollback().await.unwrap();
    };
    let (first, ()) = join!(app.post(BODY), story);

    first.expect(201);
}

#[tokio::test]
async fn every_statement_that_the_database_saw_is_counted() {
    let place = Place::new(Engine::Postgres);
    let server = server_of(&place);
    migrate_database(&config(&place.url(), &[]), false)
        .await
        .expect("a schema");
    server.log_statements().expect("a log");
    let app = App::start_at(&place, &[]).await;

    let id = app.create("one", "1", 1).await["id"].as_i64().unwrap();
    app.patch(id, r#"{"amount":2}"#).await.expect(200);
    app.patch(id + 1, r#"{"amount":2}"#).await.expect(404);
    app.post(format!(
        r#"{{"id":{id},"name":"two","price":1,"amount":1}}"#
    ))
    .await
    .expect(409);
    app.count().await;
    app.delete(id).await.expect(204);

    // The old idempotency keys are looked for beside all this.
    poll_until("counts to be the log's", DEADLINE, || async {
        let logged = logged(server);
        let mut counted = [0; 5];
        for (count, (operation, _)) in counted.iter_mut().zip(VERBS) {
            let series = format!("db_queries_total{{operation=\"{operation}\"}}");
            *count = app.metric(&series).await as usize;
        }
        let all_there = logged.iter().all(|&count| count > 0);
        if all_there && counted == logged {
            Ok(())
        } else {
            Err((counted, logged))
        }
    })
    .await;
}

const VERBS: [(&str, &str); 5] = [
    ("select", "SELECT"),
    ("insert", "INSERT"),
    ("update", "UPDATE"),
    ("delete", "DELETE"),
    ("other", ""),
];

/// How many statements of each operation the server logged.
fn logged(server: &Database) -> [usize; 5] {
    let mut logged = [0; 5];
    for statement in server.statements().expect("a log") {
        let operation = VERBS
            .iter()
            .position(|(_, verb)| statement.sql.starts_with(verb));
        logged[operation.expect("other is any")] += 1;
    }
    logged
}
