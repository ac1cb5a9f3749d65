//! A running service, spoken to with verbs.

use std::{collections::BTreeMap, io, sync::LazyLock, time::Duration};

use products::{
    api::document,
    config::{Config, Sources},
    service::{Listeners, Service},
    store::Store,
};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use server::{Grace, Lifecycle};
use telemetry::{LogSettings, Metrics, MetricsSettings, TelemetryGuard, TraceSettings};
use tokio::task::JoinHandle;

use crate::place::{Engine, Place};

/// The OpenAPI document, against which every answer is held.
static DOCUMENT: LazyLock<Value> = LazyLock::new(document::document);

/// The service under test.
pub(crate) struct App {
    pub(crate) url: String,
    /// Where the management routes are.
    management: String,
    client: reqwest::Client,
    lifecycle: Lifecycle,
    running: JoinHandle<anyhow::Result<()>>,
    _telemetry: TelemetryGuard,
    _place: Option<Place>,
}

impl App {
    /// Starts the service on a database of its own.
    pub(crate) async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[]).await
    }

    /// The same, with these configuration keys.
    pub(crate) async fn start_with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let place = Place::new(engine);
        let app = Self::start_at(&place, settings).await;
        Self {
            _place: Some(place),
            ..app
        }
    }

    /// Starts the service on a database that others may use, too, and waits until it is ready.
    pub(crate) async fn start_at(place: &Place, settings: &[(&str, &str)]) -> Self {
        let app = Self::launch(place, settings).await;
        app.becomes_ready().await;
        app
    }

    pub(crate) async fn becomes_ready(&self) {
        // On a port of its own, readiness is not here: the database's is the same then.
        servers::poll_until(
            "the service to be ready",
            Duration::from_secs(20),
            || async {
                let answer = self.get("/products?limit=1").await;
                if answer.status == 200 {
                    Ok(())
                } else {
                    Err(answer.body)
                }
            },
        )
        .await;
    }

    /// Starts the service and does not wait.
    pub(crate) async fn launch(place: &Place, settings: &[(&str, &str)]) -> Self {
        let config = config(&place.url(), settings);
        let lifecycle = Lifecycle::manual(Grace {
            drain_delay: config.server.drain_delay,
            shutdown_timeout: config.server.shutdown_timeout,
        });
        let listeners = Listeners::bind(&config.server).await.expect("a free port");
        let addresses = listeners.addresses().expect("bound ports");
        let (_, telemetry) = telemetry::subscriber(
            &LogSettings::default(),
            &TraceSettings::default(),
            io::sink(),
            false,
        )
        .expect("a log that nobody writes to");
        let service = Service::build(config, lifecycle.clone(), &telemetry).expect("a service");
        let running = tokio::spawn(service.run(listeners));
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .build();
        let client = client.expect("a client");
        Self {
            url: addresses.api,
            management: addresses.management,
            client,
            lifecycle,
            running,
            _telemetry: telemetry,
            _place: None,
        }
    }

    /// Stops the service and waits until it has.
    pub(crate) async fn stop(self) {
        self.lifecycle.drain();
        self.running.await.expect("no panic").expect("a clean end");
    }

    /// Waits until the service has ended by itself, and says why.
    pub(crate) async fn fails(self) -> String {
        let outcome = self.running.await.expect("no panic");
        format!("{:#}", outcome.expect_err("a failure"))
    }

    pub(crate) async fn send(&self, request: Request<'_>) -> Answer {
        self.send_to(&self.url, request).await
    }

    /// Sends to where the management routes are.
    pub(crate) async fn operate(&self, request: Request<'_>) -> Answer {
        self.send_to(&self.management, request).await
    }

    async fn send_to(&self, base: &str, request: Request<'_>) -> Answer {
        let url = format!("{base}{}", request.path);
        let mut outgoing = self.client.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            outgoing = outgoing.header(*name, value.as_str());
        }
        if let Some(body) = request.body.clone() {
            outgoing = outgoing.body(body);
        }
        let incoming = outgoing.send().await.expect("an answer");
        let status = incoming.status().as_u16();
        let headers = incoming.headers().clone();
        let body = incoming.text().await.expect("a body");
        let answer = Answer {
            status,
            headers,
            body,
        };
        answer.check_against_document(&request);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::new(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, body: impl ToString) -> Answer {
        self.send(Request::new(Method::POST, "/products").json(body))
            .await
    }

    pub(crate) async fn put(&self, id: i64, body: impl ToString) -> Answer {
        self.send(Request::new(Method::PUT, &product(id)).json(body))
            .await
    }

    pub(crate) async fn patch(&self, id: i64, body: impl ToString) -> Answer {
        self.send(Request::new(Method::PATCH, &product(id)).json(body))
            .await
    }

    pub(crate) async fn delete(&self, id: i64) -> Answer {
        self.send(Request::new(Method::DELETE, &product(id))).await
    }

    /// Creates a product and gives it as it was answered.
    pub(crate) async fn create(&self, name: &str, price: &str, amount: i64) -> Value {
        let body = format!(
            "{{\"name\":{},\"price\":{price},\"amount\":{amount}}}",
            json!(name)
        );
        self.post(body).await.expect(201).json()
    }

    /// How many products there are.
    pub(crate) async fn count(&self) -> u64 {
        let answer = self.get("/products?limit=1&count=true").await.expect(200);
        answer.header("x-total-count").parse().expect("a number")
    }

    /// The value of a metric's line in `/metrics`.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let scrape = self.get("/metrics").await.expect(200).body;
        let line = scrape
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no series {series}"))
            .parse()
            .expect("a number")
    }
}

/// The configuration of a test: any free port of this machine, and quick ends.
pub(crate) fn config(database: &str, settings: &[(&str, &str)]) -> Config {
    let base = [
        ("server.host", "127.0.0.1"),
        ("server.port", "0"),
        ("server.shutdown_timeout", "5s"),
        // Generous: a busy machine is not what is tested.
        ("database.acquire_timeout", "20s"),
        ("database.url", database),
    ];
    let flags = base
        .iter()
        .chain(settings)
        .map(|&(key, value)| (key.into(), value.into()));
    let sources = Sources {
        flags: flags.collect(),
        environment: BTreeMap::new(),
        ..Sources::default()
    };
    Config::load(&sources).expect("a valid configuration")
}

/// The store of a place, without a service around it.
pub(crate) fn open_store(place: &Place) -> Store {
    let metrics = Metrics::new(&MetricsSettings::default()).expect("metrics");
    Store::open(&config(&place.url(), &[]).database, &metrics).expect("a store")
}

fn product(id: i64) -> String {
    format!("/products/{id}")
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    method: Method,
    path: String,
    headers: Vec<(&'a str, String)>,
    body: Option<Vec<u8>>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn header(mut self, name: &'a str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn json(self, body: impl ToString) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }
}

/// An answer that came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The answer, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}"));
        value.to_str().expect("a text header")
    }

    /// The target of a `Link` with this relation.
    pub(crate) fn link(&self, relation: &str) -> Option<String> {
        let links = self.header("link").split(", ");
        let wanted = format!("rel=\"{relation}\"");
        links
            .filter_map(|link| link.split_once("; "))
            .find(|(_, relation)| *relation == wanted)
            .map(|(target, _)| target.trim_matches(['<', '>']).to_owned())
    }

    /// The text that stands for a field's value in the body.
    #[track_caller]
    pub(crate) fn text_of(&self, field: &str) -> &str {
        let begin = format!("\"{field}\":");
        let (_, rest) = self.body.split_once(&begin).expect("the field is there");
        rest.split([',', '}']).next().expect("a value")
    }

    /// A problem (RFC 9457) with this status whose detail or errors say all of this.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, says: &[&str]) {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.body
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(
            problem["correlation_id"],
            self.header("x-correlation-id"),
            "{problem}"
        );
        let told = format!("{} {}", problem["detail"], problem["errors"]);
        for text in says {
            assert!(told.contains(text), "{text:?} is not in {problem}");
        }
    }

    /// Every answer of a documented operation has a documented status and its headers.
    #[track_caller]
    fn check_against_document(&self, request: &Request<'_>) {
        let path = request.path.split('?').next().unwrap_or_default();
        let template = match path.strip_prefix("/products/") {
            Some(_) => "/products/{product_id}",
            None => path,
        };
        let method = request.method.as_str().to_lowercase();
        let operation = &DOCUMENT["paths"][template][&method];
        if operation.is_null() {
            return;
        }
        let response = &operation["responses"][self.status.to_string()];
        assert!(
            response.is_object(),
            "{method} {path}: {} is not documented",
            self.status
        );
        let headers = response["headers"].as_object().into_iter().flatten();
        for (name, _) in headers.filter(|(_, header)| header["required"] == true) {
            assert!(
                self.headers.contains_key(name),
                "{method} {path}: {name} is missing"
            );
        }
        let documented = response["content"].as_object().into_iter().flatten().next();
        let sent = self
            .headers
            .get("content-type")
            .map(|value| value.to_str().expect("text"));
        assert_eq!(
            documented.map(|(kind, _)| kind.as_str()),
            sent,
            "{method} {path}: {}",
            self.status
        );
    }
}
