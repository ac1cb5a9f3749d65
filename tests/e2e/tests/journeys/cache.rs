//! Two replicas that read through one Redis.

mod agreement;
mod misses;
mod outages;
mod seen;
mod visitor;

use std::time::Duration;

use e2e::{Answer, Client, Launch, Service, Store};
use reqwest::Method;
use serde_json::json;
use servers::{Postgres, Redis, poll_until};

const DEADLINE: Duration = Duration::from_secs(30);

/// Two replicas on one database, each with its own way to one Redis.
async fn replicas(database: &str, ways: [&str; 2]) -> [Service; 2] {
    let launch = |redis| {
        Launch::new()
            .set("health.interval", "100ms")
            .variable("REDIS_URL", redis)
            .variable("DATABASE_URL", database)
    };
    // The variable says which database.
    let first = launch(ways[0]).on(&Store::Sqlite).await;
    let second = launch(ways[1]).on(&Store::Sqlite).await;
    [first, second]
}

/// Two replicas on a new database and one Redis.
async fn pair(redis: &Redis) -> [Service; 2] {
    let database = Postgres::shared().database();
    replicas(&database.url(), [&redis.url(); 2]).await
}

async fn rename(api: &Client, name: &str) {
    let change = json!({"name": name, "price": 1, "amount": 1}).to_string();
    api.send(api.with_json(Method::PUT, "/products/1", change))
        .await
        .expect(200);
}

async fn name(api: &Client) -> String {
    let product = api.get("/products/1").await.expect(200).json();
    product["name"].as_str().expect("a name").to_owned()
}

/// Waits until a read is answered so: `hit`, `miss` or `bypass`; gives the answer.
async fn answered(api: &Client, id: u64, wanted: &str) -> Answer {
    let path = format!("/products/{id}");
    poll_until(&format!("{path}: {wanted}"), DEADLINE, || async {
        let answer = api.get(&path).await.expect(200);
        match answer.header("x-cache") {
            Some(found) if found == wanted => Ok(answer),
            other => Err(format!("{other:?}")),
        }
    })
    .await
}

/// Waits until the circuit is open (1) or closed (0).
async fn await_circuit(operator: &Client, wanted: f64) {
    poll_until("the circuit", DEADLINE, || async {
        let open = operator.metric("cache_circuit_open").await;
        if open == wanted { Ok(()) } else { Err(open) }
    })
    .await;
}

/// How long Redis is plagued, in minutes; `E2E_MINUTES` asks for more, as `make soak` does.
fn minutes() -> u32 {
    match std::env::var("E2E_MINUTES") {
        Ok(minutes) => minutes.parse().expect("E2E_MINUTES is a number"),
        Err(_) => 1,
    }
}

#[tokio::test]
async fn who_has_written_reads_what_it_wrote_and_the_others_soon_do() {
    let redis = Redis::start().unwrap();
    let [here, there] = pair(&redis).await;
    let (here, there) = (here.client(), there.client());
    let product = json!({"name": "0", "price": 1, "amount": 1});
    here.create(&product).await.expect(201);

    for round in 1..50 {
        let (writer, other) = if round % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        // What the other one has kept must not outlive the write.
        answered(other, 1, "hit").await;
        let wanted = round.to_string();
        rename(writer, &wanted).await;

        assert_eq!(name(writer).await, wanted, "its own write");
        poll_until("the other replica to know", DEADLINE, || async {
            let name = name(other).await;
            if name == wanted { Ok(()) } else { Err(name) }
        })
        .await;
    }
}

#[tokio::test]
async fn redis_may_go_and_come_back_and_no_request_fails() {
    let redis = Redis::start().unwrap();
    let [service, other] = pair(&redis).await;
    let (api, operator) = (service.client(), service.management());
    let product = json!({"name": "0", "price": 1, "amount": 1});
    api.create(&product).await.expect(201);
    answered(&api, 1, "hit").await;
    redis.save_snapshot().unwrap();

    redis.kill().unwrap();

    for round in 1..20 {
        rename(&api, &round.to_string()).await;
        assert_eq!(name(&api).await, round.to_string());
        assert_eq!(name(&other.client()).await, round.to_string(), "the lease");
    }
    poll_until("the outage to show", DEADLINE, || async {
        let health = operator.get("/health").await.expect(200).json();
        if health["status"] == "degraded" && health["checks"]["cache"] == "unhealthy" {
            Ok(())
        } else {
            Err(health)
        }
    })
    .await;
    operator.get("/health/ready").await.expect(200);

    // What Redis remembers is older than all that was written since.
    redis.restart_from_snapshot().unwrap();

    for service in [&service, &other] {
        let api = service.client();
        poll_until("the newest name from the cache", DEADLINE, || async {
            let answer = api.get("/products/1").await.expect(200);
            let name = answer.json()["name"].clone();
            if name == "19" && answer.header("x-cache") == Some("hit") {
                Ok(())
            } else {
                Err((name, format!("{:?}", answer.header("x-cache"))))
            }
        })
        .await;
    }
    poll_until("good health", DEADLINE, || async {
        let health = operator.get("/health").await.expect(200).json();
        if health["status"] == "healthy" {
            Ok(())
        } else {
            Err(health)
        }
    })
    .await;
}

#[tokio::test]
async fn redis_is_used_again_though_nobody_asks_for_anything() {
    let redis = Redis::start().unwrap();
    let [service, _] = pair(&redis).await;
    let (api, operator) = (service.client(), service.management());
    redis.kill().unwrap();
    for _ in 0..10 {
        api.get("/products/1").await.expect(404);
    }
    await_circuit(&operator, 1.0).await;

    redis.restart_empty().unwrap();

    await_circuit(&operator, 0.0).await;
}
