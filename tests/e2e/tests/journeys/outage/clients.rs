//! What 64 clients see of an outage, with the settings that a service has by default.

use std::time::Duration;

use e2e::{Account, Answer, Exchange, Outage, Service, Store};
use serde_json::json;
use servers::{Postgres, Proxy};

/// How often the service is asked about its health.
const PACE: Duration = Duration::from_millis(50);

/// Watches an outage of a service's database, prints how long what took, and looks at every answer.
async fn outlive(outage: Outage) {
    let postgres = Postgres::shared();
    let proxy = Proxy::start(postgres.address()).expect("a proxy");
    let store = Store::through(&proxy, postgres.database());
    let service = Service::start(&store).await;
    let api = service.client();
    let product = json!({"name": "Survivor", "price": 1, "amount": 1});
    api.create(&product).await.expect(201);
    let started = api.metric("process_start_time_seconds").await;

    let account = outage.watch(&service, &proxy, PACE).await;

    print(outage, &account);
    judge_products(&account);
    for probe in &account.probes {
        judge_probe(probe);
        let late = probe.asks("/health/ready") && probe.sent >= account.calm;
        assert!(probe.succeeded() || !late, "not ready again: {probe:?}");
    }
    assert_eq!(api.metric("process_start_time_seconds").await, started);
    let present = api.count().await as usize;
    let acknowledged = account.acknowledged();
    assert!(present > acknowledged, "{present} of {acknowledged}");
}

#[expect(clippy::print_stdout, reason = "times are told, not judged")]
fn print(outage: Outage, account: &Account) {
    let unready = account.to_unready();
    println!("database {outage}: not ready after {unready:?}");
    let refused = account.refusals().count();
    let slowest = account.slowest_refusal();
    println!("  {refused} requests refused, the slowest in {slowest:?}");
    let (ready, served) = (account.to_ready(), account.to_served());
    let last = account.to_last_refusal();
    println!(
        "  back: ready after {ready:?}, all served after {served:?}, last refused at {last:?}"
    );
}

/// Each is served, or told to come back; at the end, and on the same connection, it is served.
fn judge_products(account: &Account) {
    for exchange in &account.products {
        let answer = whole(exchange);
        if !exchange.succeeded() {
            answer.problem(503);
            let later = answer.header("retry-after");
            assert!(later.is_some(), "{}: {:?}", answer.request, answer.headers);
            assert!(!answer.body.contains("127.0.0.1"), "{}", answer.body);
            assert!(exchange.sent < account.calm, "refused: {exchange:?}");
        }
    }
    let fresh = account.products.iter().filter(|exchange| exchange.fresh);
    assert_eq!(fresh.count(), 64, "connections");
}

fn judge_probe(probe: &Exchange) {
    let answer = whole(probe);
    let Answer { body, request, .. } = answer;
    let path = request.trim_start_matches("GET ");
    let unready = json!({"status": "not ready", "reason": "database unavailable"});
    let wanted = match (path, answer.status) {
        ("/health/live" | "/livez", 200) => json!({"status": "alive"}),
        ("/health/ready" | "/readyz", 200) => json!({"status": "ready"}),
        ("/health/ready" | "/readyz", 503) => unready,
        ("/health/startup" | "/startupz", 200) => json!({"status": "started", "waiting_for": []}),
        ("/health", 200) | ("/health/detailed", 200 | 503) => {
            return judge_report(answer, path == "/health");
        }
        (_, status) => panic!("{request}: {status} {body}"),
    };
    assert_eq!(answer.json(), wanted, "{request}");
}

/// The report and its short form agree with themselves.
fn judge_report(answer: &Answer, short: bool) {
    let report = answer.json();
    let database = &report["checks"]["database"];
    let database = if short { database } else { &database["status"] };
    let healthy = database == "healthy";
    let wanted = if healthy { "healthy" } else { "unhealthy" };
    assert_eq!(report["status"], wanted, "{report}");
    assert!(short || healthy == (answer.status == 200), "{report}");
}

#[track_caller]
fn whole(exchange: &Exchange) -> &Answer {
    let answer = exchange.answer.as_ref();
    answer.unwrap_or_else(|_| panic!("no answer: {exchange:?}"))
}

#[tokio::test]
async fn a_database_that_is_cut_off_costs_no_client_more_than_its_503() {
    outlive(Outage::Cut).await;
}

#[tokio::test]
async fn a_database_that_never_answers_costs_no_client_more_than_its_503() {
    outlive(Outage::Silent).await;
}

#[tokio::test]
async fn a_database_that_is_lost_and_replaced_costs_no_client_more_than_its_503() {
    outlive(Outage::Lost).await;
}

#[tokio::test]
async fn a_database_that_is_replaced_at_once_costs_no_client_more_than_its_503() {
    outlive(Outage::Moved).await;
}
