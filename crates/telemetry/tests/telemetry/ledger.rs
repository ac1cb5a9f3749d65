//! The HTTP metrics against the ledger of a client that counts what it sends and reads.

use std::{collections::BTreeMap, net::SocketAddr};

use tokio::time::timeout;

use crate::{
    app::{App, DEADLINE, Scrape},
    random::Random,
    wire::{Reply, Wire, serve},
};

/// What the metrics must say, as the client knows it.
#[derive(Default)]
struct Ledger(Scrape);

impl Ledger {
    fn enter(&mut self, method: &str, endpoint: &str, sent: u64, reply: Reply) {
        let pair = format!(r#"endpoint="{endpoint}",method="{method}""#);
        let answer = format!(r#"{pair},status_code="{}""#, reply.status);
        for (series, value) in [
            (format!("http_requests_total{{{answer}}}"), 1),
            (
                format!("http_request_duration_seconds_count{{{answer}}}"),
                1,
            ),
            (format!("http_request_size_bytes_count{{{pair}}}"), 1),
            (format!("http_request_size_bytes_sum{{{pair}}}"), sent),
            (format!("http_response_size_bytes_count{{{pair}}}"), 1),
            (
                format!("http_response_size_bytes_sum{{{pair}}}"),
                reply.bytes,
            ),
        ] {
            *self.0.entry(series).or_default() += value as f64;
        }
    }

    fn add(&mut self, other: Self) {
        for (series, value) in other.0 {
            *self.0.entry(series).or_default() += value;
        }
    }

    fn requests(&self) -> f64 {
        total(&self.0)
    }

    #[track_caller]
    fn assert_agrees(mut self, scrape: &Scrape) {
        let families = [
            "http_requests_total",
            "http_request_size_bytes_",
            "http_response_size_bytes_",
        ];
        let counts = "http_request_duration_seconds_count";
        let moved: BTreeMap<_, _> = scrape
            .iter()
            .filter(|(series, value)| {
                let ours = families.iter().any(|family| series.starts_with(family));
                **value != 0.0
                    && (ours || series.starts_with(counts))
                    && !series.contains("_bucket")
            })
            .map(|(series, value)| (series.clone(), *value))
            .collect();
        self.0.retain(|_, value| *value != 0.0);
        assert_eq!(moved, self.0);
    }
}

fn total(scrape: &Scrape) -> f64 {
    let counted = |series: &str| series.starts_with("http_request_size_bytes_count");
    scrape
        .iter()
        .filter(|(series, _)| counted(series))
        .map(|(_, value)| value)
        .sum()
}

/// Requests on one connection: method, path, body, template, and what must come back.
const MIX: [(&str, &str, &str, &str, u16); 15] = [
    ("GET", "/things", "", "/things", 200),
    ("HEAD", "/things", "", "/things", 200),
    ("POST", "/things?colour=red", "", "/things", 201),
    ("GET", "/things/1", "", "/things/{id}", 200),
    ("GET", "/things/99", "", "/things/{id}", 404),
    ("GET", "/things/1/none", "", "/things/{id}/none", 204),
    ("PUT", "/things/1/none", "", "/things/{id}/none", 304),
    ("GET", "/nowhere", "", "unmatched", 404),
    ("DELETE", "/things", "", "/things", 405),
    ("BREW", "/things", "", "/things", 405),
    ("GET", "/stream", "", "/stream", 200),
    ("GET", "/announced", "", "/announced", 200),
    ("GET", "/slow", "", "/slow", 504),
    ("POST", "/echo", "0123456789", "/echo", 200),
    ("POST", "/invalid", "nonsense", "/invalid", 422),
];

/// A client that sends all of [`MIX`] `rounds` times, in an order of its own.
async fn converse(address: SocketAddr, seed: u64, rounds: usize) -> Ledger {
    let mut ledger = Ledger::default();
    let mut wire = Wire::connect(address).await;
    let mut random = Random::new(seed);
    for _ in 0..rounds * MIX.len() {
        let (method, path, body, endpoint, status) = *random.one_of(&MIX);
        let reply = wire.ask(method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}");
        let label = method.replace("BREW", "OTHER");
        ledger.enter(&label, endpoint, body.len() as u64, reply);
    }
    ledger
}

/// A body in three chunks, with an extension and a trailer, which are no part of it.
async fn upload_in_chunks(address: SocketAddr, ledger: &mut Ledger) {
    let mut wire = Wire::connect(address).await;
    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    for chunk in [
        "3\r\nabc\r\n",
        "2;x=y\r\nde\r\n",
        "a\r\n0123456789\r\n",
        "0\r\nX: y\r\n\r\n",
    ] {
        wire.send(chunk).await;
        tokio::task::yield_now().await;
    }
    let reply = wire.reply("POST").await.unwrap();
    assert_eq!(
        reply,
        Reply {
            status: 200,
            bytes: 15
        }
    );
    ledger.enter("POST", "/echo", 15, reply);
}

/// An upload whose end never comes, from a client that still listens.
async fn upload_half(address: SocketAddr, ledger: &mut Ledger) {
    let mut wire = Wire::connect(address).await;
    wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123")
        .await;
    wire.end().await;
    let reply = wire.reply("POST").await.unwrap();
    assert_eq!(reply.status, 400);
    ledger.enter("POST", "/echo", 4, reply);
}

/// A client that leaves while its request is worked on.
async fn leave(app: &App, address: SocketAddr, ledger: &mut Ledger) {
    let mut wire = Wire::connect(address).await;
    wire.send("POST /stuck HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nperhaps")
        .await;
    timeout(DEADLINE, app.stuck.notified()).await.unwrap();
    drop(wire);
    let nothing = Reply {
        status: 499,
        bytes: 0,
    };
    ledger.enter("POST", "/stuck", 7, nothing);
}

/// A client that leaves in the middle of an answer.
async fn leave_a_stream(address: SocketAddr, ledger: &mut Ledger) {
    let mut wire = Wire::connect(address).await;
    wire.send("GET /trickle HTTP/1.1\r\nHost: a\r\n\r\n").await;
    wire.head().await.unwrap();
    let bytes = wire.chunk().await;
    drop(wire);
    ledger.enter("GET", "/trickle", 0, Reply { status: 200, bytes });
}

/// A panic tears its connection down: the client reads nothing.
async fn meet_a_panic(address: SocketAddr, ledger: &mut Ledger) {
    let mut wire = Wire::connect(address).await;
    wire.send("GET /panics HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(wire.reply("GET").await, None);
    ledger.enter(
        "GET",
        "/panics",
        0,
        Reply {
            status: 500,
            bytes: 0,
        },
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_equals_the_ledger_of_a_known_mix() {
    let app = App::new();
    let address = serve(app.endpoint()).await;
    let mut ledger = Ledger::default();

    let clients: Vec<_> = (1..=6)
        .map(|seed| tokio::spawn(converse(address, seed, 10)))
        .collect();
    for _ in 0..5 {
        upload_in_chunks(address, &mut ledger).await;
        upload_half(address, &mut ledger).await;
        leave(&app, address, &mut ledger).await;
        leave_a_stream(address, &mut ledger).await;
        meet_a_panic(address, &mut ledger).await;
    }
    for client in clients {
        ledger.add(client.await.unwrap());
    }

    // Nobody tells a client that its leaving has been noticed.
    let requests = ledger.requests();
    let scrape = app.scrape_until(|scrape| total(scrape) >= requests).await;
    ledger.assert_agrees(&scrape);
    assert_eq!(scrape["inprogress_requests"], 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_has_read_its_answer_finds_it_counted() {
    let app = App::new();
    let address = serve(app.endpoint()).await;
    let mut wire = Wire::connect(address).await;
    let large = "x".repeat(1 << 20);
    let mut ledger = Ledger::default();

    for round in 0..1000 {
        let (method, path, body, endpoint) = match round {
            round if round % 100 == 99 => ("POST", "/echo", large.as_str(), "/echo"),
            round if round % 3 == 0 => ("GET", "/stream", "", "/stream"),
            round if round % 3 == 1 => ("GET", "/things", "", "/things"),
            _ => ("POST", "/echo", "round", "/echo"),
        };
        let reply = wire.ask(method, path, body).await;
        let scrape = app.scrape().await;

        ledger.enter(method, endpoint, body.len() as u64, reply);
        let counted = scrape
            .iter()
            .filter(|(series, _)| ledger.0.contains_key(*series));
        let counted: Scrape = counted
            .map(|(series, value)| (series.clone(), *value))
            .collect();
        assert_eq!(counted, ledger.0, "after request {round}");
    }
}
