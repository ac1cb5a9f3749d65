//! Clients that leave and requests that take too long: writes are whole and counted, or absent.

use std::cell::Cell;
use std::io::Write;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use e2e::{Client, Launch, Service, Store, wire};
use serde_json::{Value, json};
use servers::poll_until;
use tokio::task::JoinSet;

/// Products in each batch.
const BATCH: usize = 50;

/// Clients at once.
const CLIENTS: usize = 20;

/// Clients that hang up, each a bit later than the one before.
const LEAVERS: u32 = 100;

/// Longest wait for writes under way to end.
const DEADLINE: Duration = Duration::from_secs(60);

/// Looks in a row that must agree before writes count as being at rest.
const LOOKS: u32 = 20;

fn batch(name: &str) -> String {
    let product = json!({"name": name, "price": 1, "amount": 1});
    Value::Array(vec![product; BATCH]).to_string()
}

/// Waits until nothing is written any more and gives the number of products that were counted.
async fn created_at_rest(api: &Client) -> usize {
    let last = Cell::new((0.0, 0));
    let created = poll_until("writes to come to rest", DEADLINE, || async {
        let now = api.created().await;
        let (before, looks) = last.get();
        last.set((now, if now == before { looks + 1 } else { 0 }));
        if looks >= LOOKS {
            Ok(now)
        } else {
            Err(last.get())
        }
    })
    .await;
    created as usize
}

/// Compares what a service counted, once at rest, with what is there, and gives the number of
/// batches. The count of what is there is a later start's, which has no deadline to miss.
async fn batches_at_rest(service: &mut Service, store: &Store) -> usize {
    let counted = created_at_rest(&service.client()).await;
    service.kill9();
    service.restart_as(Launch::new()).await;
    let present = service.client().count().await as usize;
    assert_eq!(present, counted, "present and counted on {store}");
    assert_eq!(present % BATCH, 0, "a batch was split on {store}");
    present / BATCH
}

/// Sends a piece of a request and hangs up after `delay`.
fn leave(address: SocketAddr, piece: &[u8], delay: Duration) {
    let mut stream = wire::connect(address);
    stream.write_all(piece).expect("the service reads");
    // No state is awaited: any moment must do.
    thread::sleep(delay);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_no_half_write() {
    for store in Store::both() {
        let mut service = Service::start(&store).await;
        let body = batch("left");
        let request = format!(
            "POST /products HTTP/1.1\r\nHost: products\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );

        // What a client sees that stays gives the span in which the others leave.
        let start = Instant::now();
        let api = service.client();
        api.send(api.creation(body.clone())).await.expect(201);
        let span = start.elapsed();

        for number in 0..LEAVERS {
            // Some leave amid the body, the others at some moment after its end.
            let whole = number % 4 != 0;
            let sent = if whole {
                request.len()
            } else {
                request.len() / 2
            };
            let delay = span * number / LEAVERS;
            leave(service.address(), &request.as_bytes()[..sent], delay);
        }

        let written = batches_at_rest(&mut service, &store).await;
        assert!(
            written <= 1 + LEAVERS as usize * 3 / 4,
            "half a body was taken for a whole one on {store}"
        );
    }
}

#[tokio::test]
async fn a_request_whose_client_left_at_once_is_counted() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let get = b"GET /products?limit=7 HTTP/1.1\r\nHost: products\r\n\r\n";

        for _ in 0..LEAVERS {
            leave(service.address(), get, Duration::ZERO);
        }

        let api = service.client();
        poll_until("all to be counted", DEADLINE, || async {
            let metrics = api.get("/metrics").await.expect(200).body;
            // Whatever became of them: 200 and 499 are both true of a client that left.
            let counted: f64 = metrics
                .lines()
                .filter(|line| {
                    line.starts_with(r#"http_requests_total{endpoint="/products",method="GET""#)
                })
                .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
                .sum();
            if counted == f64::from(LEAVERS) {
                Ok(())
            } else {
                Err(counted)
            }
        })
        .await;
        assert_eq!(api.metric("inprogress_requests").await, 0.0);
    }
}

#[tokio::test]
async fn a_write_over_the_timeout_is_whole_and_counted_or_absent() {
    for timeout in ["1ms", "5ms", "25ms"] {
        for store in Store::both() {
            let launch = Launch::new().set("server.request_timeout", timeout);
            let mut service = launch.on(&store).await;
            let mut clients = JoinSet::new();
            for _ in 0..CLIENTS {
                let api = service.client();
                clients.spawn(async move { api.send(api.creation(batch("late"))).await });
            }

            let answers = clients.join_all().await;

            for late in answers.iter().filter(|answer| answer.status != 201) {
                late.problem(504);
            }
            let acknowledged = answers.iter().filter(|answer| answer.status == 201).count();
            let written = batches_at_rest(&mut service, &store).await;
            assert!(
                written >= acknowledged,
                "{written} of {acknowledged}, {timeout}, {store}"
            );
        }
    }
}

#[tokio::test]
async fn a_key_makes_retries_after_a_timeout_safe() {
    for store in Store::both() {
        let launch = Launch::new().set("server.request_timeout", "25ms");
        let mut service = launch.on(&store).await;
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let api = service.client();
            clients.spawn(async move { create_patiently(&api, &format!("order-{client}")).await });
        }

        clients.join_all().await;

        assert_eq!(
            batches_at_rest(&mut service, &store).await,
            CLIENTS,
            "on {store}"
        );
    }
}

/// Sends the same batch with the same key until it is acknowledged.
async fn create_patiently(api: &Client, key: &str) {
    poll_until("an acknowledged batch", DEADLINE, || async {
        let request = api.creation(batch(key)).header("idempotency-key", key);
        match api.send(request).await.status {
            201 => Ok(()),
            other => Err(other),
        }
    })
    .await;
}
