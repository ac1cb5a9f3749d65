//! How the service starts, and why it does not.

use std::net::{Ipv4Addr, TcpListener};

use e2e::{Launch, Service, Store, run, run_until};
use serde_json::{Value, json};
use tempfile::TempDir;

/// `EX_USAGE` of sysexits.h.
const USAGE: i32 = 64;

#[tokio::test]
async fn all_mistakes_are_told_before_a_port_is_bound() {
    let directory = TempDir::new().unwrap();
    // A port that is taken would be another complaint, if it came to that.
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let environment = [
        ("DATABASE_URL", "mysql://root:hunter2@localhost/shop"),
        ("PRODUCTS__SERVER__PROT", "1"),
        ("PRODUCTS__DATABASE__MAX_CONNECTIONS", "many"),
    ];
    let arguments = [
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--set",
        "server.request_timeout=30",
    ];

    let ended = run(directory.path(), &arguments, &environment).await;

    assert_eq!(ended.code, USAGE, "{}", ended.stderr);
    for named in [
        "database.url",
        "PRODUCTS__SERVER__PROT",
        "PRODUCTS__SERVER__PORT",
        "max_connections",
        "request_timeout",
    ] {
        assert!(
            ended.stderr.to_lowercase().contains(&named.to_lowercase()),
            "no {named} in {}",
            ended.stderr
        );
    }
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        0,
        "files were made"
    );
}

#[tokio::test]
async fn a_misspelt_command_line_is_a_usage_error() {
    let directory = TempDir::new().unwrap();
    for arguments in [
        &["sevre"][..],
        &["serve", "--prot", "1"],
        &["serve", "--set", "nonsense"],
        &["--config", "absent.toml"],
    ] {
        let ended = run(directory.path(), arguments, &[]).await;

        assert_eq!(ended.code, USAGE, "{arguments:?}: {}", ended.stderr);
        assert_ne!(ended.stderr, "", "{arguments:?}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
}

#[tokio::test]
async fn the_effective_configuration_masks_secrets_and_can_be_read_again() {
    let directory = TempDir::new().unwrap();
    let url = ("DATABASE_URL", "postgres://shop:hunter2@db/shop");

    let printed = run(directory.path(), &["config", "--port", "1234"], &[url]).await;

    assert_eq!(printed.code, 0, "{}", printed.stderr);
    assert!(printed.stdout.contains("1234"), "{}", printed.stdout);
    assert!(printed.stdout.contains("db/shop"), "{}", printed.stdout);
    assert!(!printed.stdout.contains("hunter2"), "{}", printed.stdout);
    std::fs::write(directory.path().join("again.toml"), &printed.stdout).unwrap();
    let again = run(directory.path(), &["config", "--config", "again.toml"], &[]).await;
    assert_eq!(again.code, 0, "{}", again.stderr);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let directory = TempDir::new().unwrap();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let ended = run(
        directory.path(),
        &["serve", "--host", "127.0.0.1", "--port", &port],
        &[],
    )
    .await;

    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains(&port), "{}", ended.stderr);
}

#[tokio::test]
async fn replicas_that_start_at_once_share_one_empty_database() {
    let store = Store::postgres();
    let mut replicas: Vec<Service> = (0..5).map(|_| Launch::new().begin(&store)).collect();

    for replica in &mut replicas {
        replica.await_ready().await;
    }

    let mut versions = Vec::new();
    for replica in &replicas {
        let product = json!({"name": "Shared", "price": 1, "amount": 1});
        versions.push(
            replica
                .client()
                .create(&product)
                .await
                .expect(201)
                .etag()
                .to_owned(),
        );
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 5, "versions repeat");
    for replica in &replicas {
        assert_eq!(replica.client().count().await, 5);
    }
}

#[tokio::test]
async fn a_database_can_be_migrated_ahead() {
    let store = Store::postgres();
    let url = store.database().unwrap().url();
    let directory = TempDir::new().unwrap();
    for _ in 0..2 {
        let ended = run(directory.path(), &["migrate"], &[("DATABASE_URL", &url)]).await;
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    }

    let service = Launch::new()
        .set("database.migrate_on_start", "false")
        .on(&store)
        .await;

    assert_eq!(service.client().count().await, 0);
}

#[tokio::test]
async fn a_migration_that_waits_ends_with_a_signal() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let setting = format!("database.url={}", database.url());
    let renew = ["migrate", "--renew-cache-epoch", "--set", &setting];
    let directory = TempDir::new().unwrap();
    let ended = run(directory.path(), &renew, &[]).await;
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let lock = database.lock("cache_epoch").unwrap();

    for (signal, said) in [("TERM", "stopped by SIGTERM"), ("INT", "stopped by SIGINT")] {
        let ended = run_until(directory.path(), &renew, "schema is up to date", signal).await;

        assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    drop(lock);
}

#[tokio::test]
async fn healthcheck_tells_a_ready_service_from_none() {
    let mut service = Service::start(&Store::Sqlite).await;
    let port = service.address().port().to_string();
    let arguments = ["healthcheck", "--host", "127.0.0.1", "--port", &port];

    assert_eq!(run(service.directory(), &arguments, &[]).await.code, 0);
    service.kill9();
    assert_eq!(run(service.directory(), &arguments, &[]).await.code, 1);
}

#[tokio::test]
async fn a_management_port_takes_the_operators_pages_off_the_public_one() {
    let service = Launch::new().on_two_ports(&Store::Sqlite).await;
    let (public, management) = (service.client(), service.management());

    for path in [
        "/metrics",
        "/health/ready",
        "/health/detailed",
        "/livez",
        "/readyz",
        "/startupz",
    ] {
        public.get(path).await.problem(404);
        management.get(path).await.expect(200);
    }
    for path in ["/health", "/health/live"] {
        public.get(path).await.expect(200);
        management.get(path).await.expect(200);
    }
    public.get("/products").await.expect(200);
    management.get("/products").await.problem(404);
}

#[tokio::test]
async fn standard_output_is_json_lines_without_secrets() {
    let store = Store::postgres();
    let service = Service::start(&store).await;
    let api = service.client();
    api.send(
        api.request(reqwest::Method::GET, "/products?token=hunter2")
            .header("authorization", "Bearer hunter2"),
    )
    .await;
    api.get("/products/forged%0a%7b%22level%22:%22ERROR%22%7d")
        .await;
    service.terminate();

    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for line in ended.stdout.lines() {
        let entry: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for member in ["timestamp", "level", "logger", "message"] {
            assert!(entry[member].is_string(), "no {member} in {line}");
        }
    }
    assert!(
        ended.stdout.contains("Request completed"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("hunter2"), "{}", ended.stdout);
    assert!(
        !ended.stdout.contains(store.database().unwrap().password()),
        "{}",
        ended.stdout
    );
}
