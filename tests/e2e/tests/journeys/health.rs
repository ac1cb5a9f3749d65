//! What the service knows of its own health.

use std::process::Command;
use std::time::Duration;

use e2e::{Client, Launch, Service, Store};
use serde_json::{Value, json};
use servers::{Postgres, Proxy, Scrape, poll_until};

const DEADLINE: Duration = Duration::from_secs(30);

/// Checks that run often, so that what changes is seen soon.
fn launch() -> Launch {
    Launch::new()
        .set("health.interval", "50ms")
        .set("health.timeout", "2s")
}

/// Waits until the detailed report is as wanted.
async fn reports(operator: &Client, what: &str, wanted: impl Fn(u16, &Value) -> bool) -> Value {
    poll_until(what, DEADLINE, || async {
        let answer = operator.get("/health/detailed").await;
        let report = answer.json();
        if wanted(answer.status, &report) {
            Ok(report)
        } else {
            Err(answer.body)
        }
    })
    .await
}

async fn metric(operator: &Client, name: &str) -> f64 {
    let scrape = Scrape::parse(&operator.get("/metrics").await.expect(200).body);
    scrape.series(name, &[])[0].value
}

fn product() -> Value {
    json!({"name": "Patient", "price": 1, "amount": 1})
}

/// The size of the volume of `path` in bytes, as df has it.
fn volume(path: &str) -> f64 {
    let arguments = ["--block-size=1", "--output=size", path];
    let output = Command::new("df").args(arguments).output().expect("df");
    let text = String::from_utf8(output.stdout).expect("text");
    let size = text.lines().nth(1).expect("a volume");
    size.trim().parse().expect("a number")
}

#[tokio::test]
async fn the_report_shows_each_check_with_its_age_and_its_numbers() {
    for store in Store::both() {
        let service = launch().on_two_ports(&store).await;
        let operator = service.management();
        let all_ran = |status, report: &Value| {
            let mut checks = ["database", "memory", "disk"].iter();
            status == 200 && checks.all(|check| report["checks"][check]["status"] == "healthy")
        };

        let report = reports(&operator, "all checks", all_ran).await;

        for check in ["database", "memory", "disk"] {
            let shown = &report["checks"][check];
            assert!(shown["checked_at"].is_string(), "{store}: {shown}");
            assert!(shown["age_ms"].is_u64(), "{store}: {shown}");
            assert!(shown["latency_ms"].is_f64(), "{store}: {shown}");
            assert_eq!(shown.get("reason"), None, "{store}: {shown}");
        }
        assert!(report["uptime_seconds"].as_f64() > Some(0.0), "{report}");
        assert_eq!(report["checks"]["database"]["pool"]["max_connections"], 50);
        let memory = &report["checks"]["memory"];
        let limit = metric(&operator, "process_memory_limit_bytes").await;
        assert_eq!(memory["total"].as_f64(), Some(limit), "{store}");
        assert!(memory["available"].as_f64() < Some(limit), "{store}");
        let disk = &report["checks"]["disk"];
        let directory = service.directory().to_str().expect("text");
        assert_eq!(disk["total"].as_f64(), Some(volume(directory)), "{store}");
        for shown in [memory, disk] {
            let percent = shown["percent"].as_f64().expect("a number");
            assert!((0.0..=100.0).contains(&percent), "{store}: {shown}");
        }

        let then = report["checks"]["database"]["checked_at"].clone();
        let ran_again = |_, report: &Value| report["checks"]["database"]["checked_at"] != then;
        reports(&operator, "another run", ran_again).await;
    }
}

#[tokio::test]
async fn the_volume_can_be_another_one() {
    let launch = launch().set("health.disk_path", "/dev/shm");
    let service = launch.on(&Store::Sqlite).await;
    let api = service.client();

    let size = volume("/dev/shm");
    let is_that_one = |_, report: &Value| report["checks"]["disk"]["total"].as_f64() == Some(size);
    reports(&api, "the size of /dev/shm", is_that_one).await;

    assert_eq!(metric(&api, "disk_total_bytes").await, size);
}

#[tokio::test]
async fn the_report_follows_the_pool_and_a_busy_one_is_healthy() {
    let store = Store::postgres();
    let database = store.database().expect("PostgreSQL");
    let launch = launch()
        .set("database.max_connections", "2")
        .set("database.acquire_timeout", "1h");
    let service = launch.on(&store).await;
    let api = service.client();
    let lock = database.lock("products").expect("a lock");
    let writes: Vec<_> = (0..5)
        .map(|_| {
            let api = api.clone();
            tokio::spawn(async move { api.create(&product()).await })
        })
        .collect();

    let busy = json!({"max_connections": 2, "checked_out": 2, "idle": 0, "waiters": 3});
    let is = |pool: Value| {
        move |status, report: &Value| status == 200 && report["checks"]["database"]["pool"] == pool
    };
    reports(&api, "a pool that is busy", is(busy)).await;
    api.get("/health/ready").await.expect(200);
    drop(lock);
    for write in writes {
        write.await.expect("no panic").expect(201);
    }

    let free = json!({"max_connections": 2, "checked_out": 0, "idle": 2, "waiters": 0});
    reports(&api, "a pool that is free", is(free)).await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_as_a_code_and_nothing_else() {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).expect("a proxy");
    let store = Store::through(&proxy, postgres.database());
    let service = launch().on(&store).await;
    let api = service.client();
    assert_eq!(metric(&api, "health_ready").await, 1.0);

    proxy.cut();

    let unhealthy = |status, report: &Value| status == 503 && report["status"] == "unhealthy";
    let report = reports(&api, "the outage", unhealthy).await;
    let database = &report["checks"]["database"];
    assert_eq!(database["status"], "unhealthy", "{database}");
    assert_eq!(database["reason"], "failed", "{database}");
    assert!(database["pool"].is_object(), "{database}");
    assert_eq!(report["checks"]["memory"]["status"], "healthy");
    for path in ["/health", "/health/detailed", "/health/ready", "/readyz"] {
        let body = api.get(path).await.body;
        let told = ["127.0.0.1", "refused", "reset", "error"];
        assert!(!told.iter().any(|word| body.contains(*word)), "{body}");
    }
    api.get("/livez").await.expect(200);
    assert_eq!(metric(&api, "health_ready").await, 0.0);

    proxy.heal();

    reports(&api, "the recovery", |status, _| status == 200).await;
    assert_eq!(metric(&api, "health_ready").await, 1.0);
}

#[tokio::test]
async fn the_short_names_say_the_same() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    for (name, short, body) in [
        ("/health/live", "/livez", json!({"status": "alive"})),
        ("/health/ready", "/readyz", json!({"status": "ready"})),
        (
            "/health/startup",
            "/startupz",
            json!({"status": "started", "waiting_for": []}),
        ),
    ] {
        for path in [name, short] {
            assert_eq!(api.get(path).await.expect(200).json(), body, "{path}");
        }
    }
}

#[tokio::test]
async fn without_checks_probes_look_at_the_process_alone() {
    let launch = launch().set("health.enabled", "false");
    let service = launch.on(&Store::Sqlite).await;
    let api = service.client();

    for path in ["/health/live", "/health/ready", "/health/startup"] {
        api.get(path).await.expect(200);
    }
    for path in ["/health", "/health/detailed"] {
        let body = api.get(path).await.expect(200).json();
        assert_eq!(body["status"], "healthy", "{path}");
        assert_eq!(body["checks"], json!({}), "{path}");
    }
}

#[tokio::test]
async fn on_one_port_who_had_to_wait_for_the_end_of_a_stall_is_told_of_it() {
    let launch = Launch::new().set("health.stall_after", "500ms");
    let service = launch.on(&Store::Sqlite).await;
    let api = service.client();
    api.get("/health/live").await.expect(200);

    // Stopped, it is as stuck as if something blocked it.
    service.pause();
    let client = api.clone();
    let probe = tokio::spawn(async move { client.get("/livez").await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.resume();

    let answer = probe.await.unwrap();
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.json()["reason"], "event loop stalled");
    poll_until("liveness", DEADLINE, || async {
        match api.get("/livez").await.status {
            200 => Ok(()),
            status => Err(status),
        }
    })
    .await;
}
