//! Services that are wrong in one respect each, and the step of the smoke test that says so.

mod api;
mod cache;
mod metrics;

use e2e::{Answer, Service, Store, run};
use poem::http::Method;
use serde_json::json;

use super::liar::{Asked, History, Liar, Lie};

/// A fault, the step that finds it, and what is said of it.
struct Fault {
    why: &'static str,
    step: &'static str,
    said: &'static str,
    lie: Lie,
}

const fn ask(ask: fn(&mut Asked, &History)) -> Lie {
    Lie { ask, ..Lie::NONE }
}

const fn tell(tell: fn(&Asked, &mut Answer, &History)) -> Lie {
    Lie { tell, ..Lie::NONE }
}

/// Whether anybody asked with this method.
fn asked(history: &History, method: &Method) -> bool {
    history.iter().any(|(asked, _)| asked.method == *method)
}

/// The first true answer to a read of a product.
fn first_read(history: &History) -> Option<&Answer> {
    let (_, answer) = history
        .iter()
        .find(|(asked, _)| asked.product(&Method::GET))?;
    Some(answer)
}

/// Reads after the first of this method, which are told what the first read was told.
fn stale_after(method: &Method, asked_now: &Asked, told: &mut Answer, history: &History) {
    if asked_now.product(&Method::GET)
        && asked(history, method)
        && let Some(old) = first_read(history)
    {
        *told = old.clone();
    }
}

const CHECKS: [(&str, &[Fault]); 3] = [
    ("api", api::FAULTS),
    ("cache", cache::FAULTS),
    ("metrics", metrics::FAULTS),
];

#[tokio::test]
async fn each_fault_fails_the_step_that_looks_for_it_and_nothing_is_left() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    let bystander = json!({"name": "Bystander", "price": 1099.99, "amount": 7});
    api.create(&bystander).await.expect(201);
    for (check, faults) in CHECKS {
        for fault in faults {
            assert_found(&service, check, fault).await;
        }
    }
}

/// Only what was there before is left, and nobody has touched it.
async fn assert_found(service: &Service, check: &str, fault: &Fault) {
    let api = service.client();
    let liar = Liar::start(api.clone(), fault.lie).await;
    let url = liar.url();
    let metrics = format!("{url}/metrics");
    let mut arguments = vec!["smoke-test", check, "--wait", "1s", "--url", &url];
    if check == "metrics" {
        arguments.extend(["--metrics-url", &metrics]);
    }

    let ended = run(service.directory(), &arguments, &[]).await;

    let why = format!("{}: {}{}", fault.why, ended.stdout, ended.stderr);
    assert_eq!(ended.code, 1, "{why}");
    let failed = format!("\nFAILED  {}: ", fault.step);
    assert!(ended.stdout.contains(&failed), "{why}");
    assert!(ended.stdout.contains(fault.said), "{why}");
    assert!(ended.stderr.contains(fault.said), "{why}");
    let left = api.get("/products").await.expect(200).json();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}: {why}");
    assert_eq!(left[0]["name"], "Bystander", "{why}");
}
