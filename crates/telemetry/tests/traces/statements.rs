//! Spans of statements.

use poem::{Endpoint, EndpointExt, endpoint::make, http::Method};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionOptions,
};
use servers::{Postgres, Span};
use telemetry::{Database, Http, Metrics, MetricsSettings, RouteSpec};

use crate::{app::get, setup::Traced};

/// A table, a row that is no secret and one that is.
const SETUP: [&str; 2] = [
    "CREATE TABLE things (id int PRIMARY KEY, name text)",
    "INSERT INTO things VALUES (1, 'planted-secret')",
];

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.unwrap();
    for sql in SETUP {
        connection.execute_unprepared(sql).await.unwrap();
    }
    connection
}

/// A request that reads, and then writes in a transaction what is there already.
async fn work(database: Database) -> Result<(), DbErr> {
    let backend = database.get_database_backend();
    let read = "SELECT \"name\" FROM \"things\" WHERE id = 1 AND name <> 'planted-secret'";
    database
        .query_all_raw(Statement::from_string(backend, read))
        .await?;
    let transaction = database.begin(TransactionOptions::default()).await?;
    let write = "INSERT INTO things VALUES (1, 'planted-secret')";
    let outcome = transaction.execute_unprepared(write).await;
    transaction.rollback().await?;
    outcome.map(drop)
}

async fn spans_on(connection: DatabaseConnection) -> Vec<Span> {
    let telemetry = Traced::new();
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let database = Database::new(&metrics, connection).unwrap();
    let routes = [RouteSpec {
        method: Method::GET,
        template: "/things".to_owned(),
        statuses: vec![200],
        quiet: false,
    }];
    let app = make(move |_| {
        let database = database.clone();
        async move {
            work(database)
                .await
                .expect_err("the row is there already")
                .to_string()
        }
    });
    let app = poem::Route::new()
        .at("/things", app)
        .with(Http::new(&metrics, routes).unwrap());

    app.get_response(get("/things").finish()).await;

    let collector = telemetry.flush();
    assert!(
        !collector.heard().contains("planted-secret"),
        "{}",
        collector.heard()
    );
    collector.spans()
}

/// Compares the spans of [`work`] with what the conventions ask for.
#[track_caller]
fn expect(spans: &[Span], system: &str, duplicate: &str) {
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let expected = [
        "SELECT things",
        "BEGIN",
        "INSERT things",
        "ROLLBACK",
        "GET /things",
    ];
    assert_eq!(names, expected);
    let request = &spans[4];
    for span in &spans[..4] {
        assert_eq!(span.kind, "SPAN_KIND_CLIENT", "{span:?}");
        assert_eq!(span.parent_id, request.span_id, "{span:?}");
        assert_eq!(span.attribute("db.system.name"), system);
        assert_eq!(span.events, ["connection acquired"], "{span:?}");
    }
    let read = &spans[0];
    assert_eq!(read.attribute("db.operation.name"), "SELECT");
    assert_eq!(read.attribute("db.collection.name"), "things");
    assert_eq!(
        read.attribute("db.query.text"),
        "SELECT \"name\" FROM \"things\" WHERE id = ? AND name <> ?"
    );
    assert_eq!(read.status, "STATUS_CODE_UNSET");
    let write = &spans[2];
    assert_eq!(write.status, "STATUS_CODE_ERROR");
    assert_eq!(write.attribute("error.type"), "constraint");
    assert_eq!(write.attribute("db.response.status_code"), duplicate);
}

#[tokio::test]
async fn statements_on_sqlite_are_below_their_request() {
    let spans = spans_on(connect("sqlite::memory:").await).await;

    expect(&spans, "sqlite", "1555");
}

#[tokio::test]
async fn statements_on_postgres_say_where_they_went() {
    let database = Postgres::shared().database();
    let spans = spans_on(connect(&database.url()).await).await;

    expect(&spans, "postgresql", "23505");
    let read = &spans[0];
    assert_eq!(read.attribute("server.address"), "127.0.0.1");
    let port = Postgres::shared().address().port().to_string();
    assert_eq!(read.attribute("server.port"), port);
    assert!(!read.attribute("db.namespace").is_empty());
}

#[tokio::test]
async fn a_statement_that_got_no_connection_is_an_error() {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(1)
        .acquire_timeout(std::time::Duration::from_millis(50))
        .sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.unwrap();
    let telemetry = Traced::new();
    let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
    let database = Database::new(&metrics, connection).unwrap();
    let holder = database.begin(TransactionOptions::default()).await.unwrap();

    database
        .execute_unprepared("PRAGMA user_version")
        .await
        .unwrap_err();

    drop(holder);
    let spans = telemetry.flush().spans();
    let starved = spans.iter().find(|span| span.name == "PRAGMA").unwrap();
    assert_eq!(starved.attribute("error.type"), "pool_timeout");
    assert_eq!(starved.events, [""; 0]);
}
