//! Started before its database, the service waits for it, says why, and answers probes meanwhile.

use std::time::Duration;

use e2e::{Launch, Port, Service, Store};
use serde_json::{Value, json};
use servers::{Database, Postgres, Proxy, poll_until};

const DEADLINE: Duration = Duration::from_secs(30);

/// Starts a service on a database that is not to be had for one of these `reasons`, has it
/// `appear`, and looks at what the service says before and after.
async fn wait_for(store: &Store, reasons: &[&str], appear: impl FnOnce()) {
    let launch = Launch::new().set("health.interval", "100ms");
    let mut service = launch.set("server.management_port", "0").begin(store);
    service.await_address().await;
    // More than once: the first attempt must not have been the last.
    service.await_output("Waiting for the database", 3).await;

    judge_wait(&service).await;
    let log = service.stdout();
    judge_log(&log, reasons);
    let password = store.database().expect("PostgreSQL").password();
    assert!(!log.contains(password), "{log}");
    assert!(!log.contains("products is up"), "{log}");

    appear();

    service.await_ready().await;
    let startup = service.management().get("/health/startup").await;
    let started = json!({"status": "started", "waiting_for": []});
    assert_eq!(startup.expect(200).json(), started);
    let product = json!({"name": "Late", "price": 1, "amount": 1});
    service.client().create(&product).await.expect(201);
    service.await_output("products is up", 1).await;
}

/// What it answers while it waits.
async fn judge_wait(service: &Service) {
    let (api, operator) = (service.client(), service.management());
    poll_until("readiness to name the database", DEADLINE, || async {
        let answer = operator.get("/health/ready").await.expect(503);
        let reason = answer.json()["reason"].clone();
        if reason == "database unavailable" {
            Ok(())
        } else {
            Err(reason)
        }
    })
    .await;
    let alive = json!({"status": "alive"});
    for client in [&api, &operator] {
        assert_eq!(client.get("/health/live").await.expect(200).json(), alive);
        let health = client.get("/health").await.expect(200).json();
        assert_eq!(health["status"], "unhealthy", "{health}");
    }
    let startup = operator.get("/health/startup").await.expect(503).json();
    let waiting = json!({"status": "starting", "waiting_for": ["migrations"]});
    assert_eq!(startup, waiting);
    assert!(operator.metric("db_migrations_pending").await > 0.0);
    for answer in [
        api.get("/products").await,
        api.create(&json!({"name": "Early", "price": 1, "amount": 1}))
            .await,
    ] {
        answer.problem(503);
        let later = answer.header("retry-after");
        assert!(later.is_some(), "{}: {:?}", answer.request, answer.headers);
    }
    api.get("/docs").await.expect(200);
}

/// Each line about the wait says what is waited for, and how long until the next attempt.
fn judge_log(log: &str, reasons: &[&str]) {
    let waits = log
        .lines()
        .filter(|line| line.contains("Waiting for the database"));
    for (number, line) in waits.enumerate() {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(line["level"], "WARN", "{line}");
        assert_eq!(line["attempts"], number + 1, "{line}");
        assert!(line["retry_in"].is_string(), "{line}");
        let told = line["reason"].as_str().unwrap_or_default();
        let expected = reasons.iter().any(|reason| told.starts_with(reason));
        assert!(expected, "{reasons:?}: {line}");
    }
}

/// The name of a database, which is the last part of its address.
fn name(database: &Database) -> String {
    let url = database.url();
    let (_, name) = url.rsplit_once('/').expect("an address has a path");
    name.to_owned()
}

#[tokio::test]
async fn a_server_that_ends_every_connection_is_waited_for() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let store = Store::through(&proxy, postgres.database());
    proxy.cut();
    // It is by chance whether writing or reading finds the end.
    let reasons = [
        "the database cannot be reached",
        "the connection to the database broke",
    ];

    wait_for(&store, &reasons, || proxy.heal()).await;
}

#[tokio::test]
async fn a_server_that_does_not_listen_yet_is_waited_for() {
    let postgres = Postgres::shared();
    let port = Port::reserve();
    let store = Store::Proxied(Box::new(postgres.database()), port.address());
    let mut proxy = None;

    wait_for(&store, &["the database cannot be reached"], || {
        proxy = Some(Proxy::start_at(port.address(), postgres.address()).unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).unwrap();
    let store = Store::through(&proxy, postgres.database());
    proxy.delay(Duration::from_secs(3600));

    wait_for(&store, &["the database does not answer"], || proxy.heal()).await;
}

#[tokio::test]
async fn a_database_that_is_created_later_is_waited_for() {
    let store = Store::postgres();
    let name = name(store.database().unwrap());
    let other = Postgres::shared().database();
    other.query(&format!("DROP DATABASE {name}")).unwrap();
    let create = format!("CREATE DATABASE {name} OWNER products");

    wait_for(
        &store,
        &["the database server has no database of the name"],
        || {
            other.query(&create).unwrap();
        },
    )
    .await;
}

#[tokio::test]
async fn a_password_that_becomes_right_is_waited_for() {
    // A server of its own: the role is that of all databases.
    let postgres = Postgres::start().unwrap();
    let store = Store::Postgres(Box::new(postgres.database()));
    let database = store.database().unwrap();
    let set = |password: &str| {
        let alter = format!("ALTER ROLE products PASSWORD '{password}'");
        database.query(&alter).unwrap();
    };
    set("another");

    wait_for(
        &store,
        &["the database refuses the user or the password"],
        || {
            set(database.password());
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_cache_needs_to_know_of_the_database_is_waited_for() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    drop(Service::start(&store).await);
    let rename = |from: &str, to: &str| {
        let alter = format!("ALTER TABLE {from} RENAME TO {to}");
        database.query(&alter).unwrap();
    };
    rename("cache_epoch", "out_of_reach");
    let mut service = Launch::new().begin(&store);
    service.await_address().await;

    service.await_output("Waiting for the database", 3).await;
    rename("out_of_reach", "cache_epoch");

    service.await_ready().await;
}
