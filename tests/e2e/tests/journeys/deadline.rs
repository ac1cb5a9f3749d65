//! A stop that has to give something up: what is cut, what is told, and how soon it is over.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use e2e::{Launch, Service, Store, wire};
use serde_json::Value;
use servers::{Collector, Database, Manner, Postgres, Proxy, TableLock, poll_until};

const DEADLINE: Duration = Duration::from_secs(30);

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// What the end may take after the shutdown timeout: the promised second, and as much again and a
/// half for a machine with other things to do.
const LAST_MOMENTS: Duration = Duration::from_millis(2500);

/// What sums up that something was cut.
const CUT: &str = "not finished within the shutdown timeout, and cut";

fn launch() -> Launch {
    Launch::new().set("server.shutdown_timeout", "2s")
}

async fn await_waiting(database: &Database) {
    poll_until("something that waits for the lock", DEADLINE, || async {
        let waiting = database.waiting().expect("PostgreSQL answers");
        if waiting > 0 { Ok(()) } else { Err(waiting) }
    })
    .await;
}

/// Terminates the service and gives its log, once it has ended in time and with status 0.
async fn stop(service: Service, what: &str) -> Vec<Value> {
    let start = Instant::now();
    service.terminate();
    let ended = service.end().await;
    let took = start.elapsed();
    let _ = writeln!(io::stdout(), "{what}: {took:.2?} for {SHUTDOWN_TIMEOUT:?}");
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert!(took < SHUTDOWN_TIMEOUT + LAST_MOMENTS, "{}", ended.stdout);
    let lines = ended.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

fn said<'a>(log: &'a [Value], message: &str) -> Vec<&'a Value> {
    let lines = log.iter();
    lines.filter(|line| line["message"] == message).collect()
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_and_logged_as_cut() {
    let store = Store::postgres();
    let database = store.database().unwrap();
    let collector = Collector::start().unwrap();
    let traced = launch().set("tracing.otlp_endpoint", &collector.url());
    let service = traced.on(&store).await;
    collector.be(Manner::Silent);
    let api = service.client();
    let lock = database.lock("products").unwrap();
    let write = api
        .creation(r#"{"name":"Too late","price":1,"amount":1}"#)
        .header("x-correlation-id", "too-long");
    let write = tokio::spawn(async move { api.try_send(write).await });
    await_waiting(database).await;
    let mut other = wire::connect(service.address());
    let head = "POST /products HTTP/1.1\r\nHost: products\r\nContent-Type: application/json\r\n";
    write!(other, "{head}Content-Length: 4\r\n\r\n[{{").unwrap();
    let api = service.client();
    poll_until("both in flight", DEADLINE, || async {
        let requests = api.metric("inprogress_requests").await;
        if requests == 2.0 {
            Ok(())
        } else {
            Err(requests)
        }
    })
    .await;

    let finishing = tokio::task::spawn_blocking(move || {
        other.write_all(b"}]").unwrap();
        wire::rest(&mut other)
    });
    let log = stop(service, "a write that waits for a lock").await;
    drop(lock);

    let answer = write.await.unwrap().expect("an answer");
    answer.problem(503);
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("x-correlation-id"), Some("too-long"));
    let other = finishing.await.unwrap();
    assert!(other.starts_with("HTTP/1.1 422"), "{other}");

    let [cut] = said(&log, "Request cut: the server stops")[..] else {
        panic!("not one request is cut: {log:#?}")
    };
    for (member, value) in [
        ("level", "WARN"),
        ("correlation_id", "too-long"),
        ("method", "POST"),
        ("endpoint", "/products"),
    ] {
        assert_eq!(cut[member], value, "{cut}");
    }
    let [total] = said(&log, CUT)[..] else {
        panic!("not one sum: {log:#?}")
    };
    assert_eq!(total["connections"], 1, "{total}");
    assert_eq!(total["tasks"], "writes: 1", "{total}");
    assert_eq!(
        said(&log, "products is down").len(),
        1,
        "the last words are lost"
    );
}

/// A service that is ready, and whose purge of idempotency keys waits for a lock.
async fn begin_purge(store: &Store) -> (Service, TableLock) {
    let mut service = launch().set("log.level", "debug").on(store).await;
    service.terminate();
    assert_eq!(service.await_end().await, 0);
    let database = store.database().expect("PostgreSQL was asked for");
    let lock = database
        .lock("idempotency_keys")
        .expect("the table is there");
    service.restart().await;
    await_waiting(database).await;
    (service, lock)
}

#[tokio::test]
async fn a_background_run_under_way_is_finished() {
    let store = Store::postgres();
    let (service, lock) = begin_purge(&store).await;
    let address = service.address();
    let released = tokio::spawn(async move {
        await_refused(address).await;
        drop(lock);
    });

    let log = stop(service, "a purge that waits for a lock for a while").await;

    released.await.unwrap();
    assert_eq!(
        said(&log, "old idempotency keys forgotten").len(),
        1,
        "{log:#?}"
    );
    assert_eq!(said(&log, CUT).len(), 0, "{log:#?}");
}

#[tokio::test]
async fn a_background_run_that_takes_too_long_is_cut_by_name() {
    let store = Store::postgres();
    let (service, lock) = begin_purge(&store).await;

    let log = stop(service, "a purge that waits for a lock").await;

    drop(lock);
    let [cut] = said(&log, CUT)[..] else {
        panic!("not one sum: {log:#?}")
    };
    assert_eq!(cut["tasks"], "idempotency_purge: 1", "{cut}");
    assert_eq!(cut["connections"], 0, "{cut}");
}

async fn await_refused(address: SocketAddr) {
    poll_until("the port to close", DEADLINE, || async {
        match TcpStream::connect(address) {
            Ok(_) => Err("still accepting"),
            Err(_) => Ok(()),
        }
    })
    .await;
}

#[tokio::test]
async fn a_service_that_waits_for_its_database_answers_and_ends_at_once() {
    let postgres = Postgres::shared();
    for (state, disturb) in [
        ("gone", Proxy::cut as fn(&Proxy)),
        ("hanging", |proxy| proxy.delay(Duration::from_secs(3600))),
    ] {
        let proxy = Proxy::start(postgres.address()).unwrap();
        disturb(&proxy);
        let store = Store::through(&proxy, postgres.database());
        // Nobody sends traffic to a service that was never ready: no delay is needed.
        let mut service = launch().set("server.drain_delay", "1h").begin(&store);
        service.await_address().await;
        let api = service.client();
        api.get("/health/live").await.expect(200);
        api.get("/health/ready").await.expect(503);
        api.get("/products").await.problem(503);

        let log = stop(service, &format!("a database that is {state}")).await;

        assert_eq!(said(&log, "listening").len(), 1, "{state}: {log:#?}");
        assert_eq!(said(&log, "products is up").len(), 0, "{state}");
        assert_eq!(said(&log, "products is down").len(), 1, "{state}");
    }
}
