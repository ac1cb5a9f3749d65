//! Restarts in turn, as in a rollout: who asks by way of a load balancer notices nothing.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Answer, Balancer, Launch, Port, Service, Store};
use reqwest::Method;
use serde_json::{Value, json};
use servers::poll_until;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const DEADLINE: Duration = Duration::from_secs(60);

/// Clients that ask all the while, each as soon as it has its last answer.
const CLIENTS: usize = 64;

/// How often the load balancer looks who is ready. The drain delay is ten times as long.
const LOOK: Duration = Duration::from_millis(50);

/// What one client was told.
#[derive(Default)]
struct Known {
    /// Amounts of the products that must be there, by id.
    present: HashMap<u64, u64>,
    /// Ids of those that must not.
    deleted: HashSet<u64>,
    requests: usize,
    failure: Option<String>,
}

impl Known {
    /// Reads and writes until it is `done`, which it is for all when something goes wrong.
    async fn gather(balancer: Arc<Balancer>, client: usize, done: CancellationToken) -> Self {
        let mut known = Self::default();
        for number in 0.. {
            let name = format!("c{client}n{number}");
            if let Err(error) = known.write_and_read(&balancer, &name).await {
                known.failure = Some(format!("{name}: {error:#}"));
                done.cancel();
            }
            if done.is_cancelled() {
                break;
            }
        }
        known
    }

    async fn write_and_read(&mut self, balancer: &Balancer, name: &str) -> Result<()> {
        let product = json!({"name": name, "price": 1, "amount": 1}).to_string();
        let created = balancer.send(Method::POST, "/products", product).await?;
        let id = self.is(created, 201)?.id();
        self.present.insert(id, 1);

        let path = format!("/products/{id}");
        let read = balancer.send(Method::GET, &path, "").await?;
        ensure!(self.is(read, 200)?.json()["name"] == name, "another one");
        let change = r#"{"amount":2}"#;
        let changed = balancer.send(Method::PATCH, &path, change).await?;
        ensure!(self.is(changed, 200)?.json()["amount"] == 2, "not changed");
        self.present.insert(id, 2);
        let list = balancer.send(Method::GET, "/products?limit=5", "").await?;
        ensure!(self.is(list, 200)?.json()[0].is_object(), "an empty list");

        if id.is_multiple_of(2) {
            let deleted = balancer.send(Method::DELETE, &path, "").await?;
            self.is(deleted, 204)?;
            self.present.remove(&id);
            self.deleted.insert(id);
        }
        Ok(())
    }

    fn is(&mut self, answer: Answer, status: u16) -> Result<Answer> {
        self.requests += 1;
        let Answer { body, request, .. } = &answer;
        let got = answer.status;
        ensure!(got == status, "{request}: {got} {body}");
        Ok(answer)
    }

    fn compare(&self, found: &HashMap<u64, u64>) {
        for (id, amount) in &self.present {
            assert_eq!(found.get(id), Some(amount), "a write to {id} was lost");
        }
        for id in &self.deleted {
            assert!(!found.contains_key(id), "deleted {id} came back");
        }
    }
}

/// Waits until every instance has answered again as many requests as there are clients, or nobody
/// asks any more.
async fn await_answers_of_all(balancer: &Balancer, done: &CancellationToken) {
    let before = balancer.answers();
    poll_until("answers of all instances", DEADLINE, || async {
        let now = balancer.answers();
        let mut pairs = now.iter().zip(&before);
        if done.is_cancelled() || pairs.all(|(now, before)| now - before >= CLIENTS) {
            Ok(())
        } else {
            Err((before.clone(), now))
        }
    })
    .await;
}

async fn restart(service: &mut Service) {
    service.terminate();
    let code = service.await_end().await;

    let log = service.stdout();
    assert_eq!(code, 0, "{log}");
    let complaints: Vec<&str> = log.lines().filter(is_complaint).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    service.restart().await;
}

/// The driver complains of slowness only, and so of the machine that the tests run on.
fn is_complaint(line: &&str) -> bool {
    let level = [r#""level":"WARN""#, r#""level":"ERROR""#];
    level.iter().any(|level| line.contains(level)) && !line.contains(r#""logger":"sqlx::"#)
}

/// How often an instance is restarted; `E2E_RESTARTS` asks for more, as `make soak` does.
fn restarts() -> usize {
    match std::env::var("E2E_RESTARTS") {
        Ok(restarts) => restarts.parse().expect("E2E_RESTARTS is a number"),
        Err(_) => 20,
    }
}

/// Everything that is in the database: amounts by id.
async fn found(service: &Service) -> HashMap<u64, u64> {
    let products = service.client().walk("/products?limit=1000").await;
    let number = |product: &Value, member: &str| product[member].as_u64().expect("a number");
    let entry = |product| (number(product, "id"), number(product, "amount"));
    products.iter().map(entry).collect()
}

/// Two instances on one database, with the probes of one of them on a port of their own.
async fn start(store: &Store) -> [Service; 2] {
    let launch = || {
        let delay = format!("{}ms", 10 * LOOK.as_millis());
        let launch = Launch::new().set("server.drain_delay", &delay);
        // However slow the machine is: refusing those who wait for long is not what is looked at.
        let launch = launch.set("database.acquire_timeout", "30s");
        launch.port(Port::reserve())
    };
    [
        launch().on(store).await,
        launch().management_port(Port::reserve()).on(store).await,
    ]
}

#[tokio::test]
async fn restarts_in_turn_fail_no_request() {
    let store = Store::postgres();
    let mut services = start(&store).await;
    let balancer = Arc::new(Balancer::start(&services, LOOK));
    poll_until("somebody to ask", DEADLINE, || async {
        balancer.send(Method::GET, "/products", "").await
    })
    .await;
    let done = CancellationToken::new();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(Known::gather(balancer.clone(), client, done.clone()));
    }

    let mut round = 0;
    while round < restarts() && !done.is_cancelled() {
        await_answers_of_all(&balancer, &done).await;
        restart(&mut services[round % 2]).await;
        round += 1;
    }
    await_answers_of_all(&balancer, &done).await;
    done.cancel();
    let known = clients.join_all().await;

    let failed = |known: &Known| known.failure.clone();
    let failures: Vec<String> = known.iter().filter_map(failed).collect();
    assert!(failures.is_empty(), "after {round} restarts: {failures:#?}");
    let found = found(&services[0]).await;
    for known in &known {
        known.compare(&found);
    }
    let requests: usize = known.iter().map(|known| known.requests).sum();
    let answers = balancer.answers();
    println!("{round} restarts, {requests} requests, by instance {answers:?}");
}
