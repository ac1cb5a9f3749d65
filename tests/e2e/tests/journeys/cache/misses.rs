//! A thousand clients that miss the same key at once.

use std::time::Duration;

use e2e::{Answer, Connection, Service};
use reqwest::Method;
use serde_json::json;
use servers::{Database, Postgres, Proxy, Redis, poll_until};
use tokio::task::JoinSet;

use super::{DEADLINE, answered, replicas};

/// Clients of each process.
const CLIENTS: usize = 1000;

/// What a process may ask the database, however many ask for the key.
const MOST: usize = 2;

async fn connect(service: &Service) -> Vec<Connection> {
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        let connection = Connection::open(service.address()).await;
        connections.push(connection.expect("a connection"));
    }
    connections
}

/// How often a process read from the database, as it counts that itself.
async fn selects(service: &Service) -> usize {
    let series = "db_queries_total{operation=\"select\"}";
    service.management().metric(series).await as usize
}

/// How often products were read, as the database's own log tells.
fn logged(database: &Database) -> usize {
    let statements = database.statements().expect("a log").into_iter();
    statements
        .filter(|statement| statement.sql.starts_with("SELECT \"products\""))
        .count()
}

/// All clients ask, and none is answered before every one has asked.
async fn ask(services: &[Service; 2], path: &'static str, hold: &Proxy) -> Vec<Answer> {
    let mut clients = JoinSet::new();
    let [first, second] = services;
    let (of_first, of_second) = tokio::join!(connect(first), connect(second));
    hold.delay(Duration::from_secs(3600));
    for mut connection in of_first.into_iter().chain(of_second) {
        clients.spawn(async move { connection.send(Method::GET, path, "").await });
    }
    for service in services {
        poll_until("all clients to wait", DEADLINE, || async {
            let waiting = service.management().metric("inprogress_requests").await;
            if waiting >= CLIENTS as f64 {
                Ok(())
            } else {
                Err(waiting)
            }
        })
        .await;
    }
    hold.heal();
    let answers = clients.join_all().await.into_iter();
    answers.map(|answer| answer.expect("an answer")).collect()
}

#[tokio::test]
async fn a_thousand_misses_of_a_key_ask_the_database_twice_at_most_in_each_process() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let redis = Redis::start().unwrap();
    let database = Postgres::shared().database();
    database.log_statements().unwrap();
    let hold = Proxy::start(Postgres::shared().address()).unwrap();
    let services = replicas(&database.url_through(hold.address()), [&redis.url(); 2]).await;
    let product = json!({"id": 1, "name": "Wanted", "price": 1, "amount": 1});
    services[0].client().create(&product).await.expect(201);

    for (path, status, keep, why) in [
        ("/products/1", 200, true, "one that is there"),
        ("/products/2", 404, true, "one that is not"),
        (
            "/products/1",
            200,
            false,
            "one that is there, and Redis gone",
        ),
    ] {
        redis.command(&["FLUSHALL"]).unwrap();
        if !keep {
            redis.kill().unwrap();
            for service in &services {
                answered(&service.client(), 1, "bypass").await;
            }
        }
        let logged_before = logged(&database);
        let before = [selects(&services[0]).await, selects(&services[1]).await];

        let answers = ask(&services, path, &hold).await;

        assert_eq!(answers.len(), 2 * CLIENTS, "{why}");
        for answer in answers {
            answer.expect(status);
        }
        let mut all = 0;
        for (service, before) in services.iter().zip(before) {
            let asked = selects(service).await - before;
            assert!((1..=MOST).contains(&asked), "{why}: {asked} statements");
            all += asked;
        }
        assert_eq!(logged(&database) - logged_before, all, "{why}: the log");
    }
}
