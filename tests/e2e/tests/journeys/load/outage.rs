//! A service that goes away in the middle of a run.

use e2e::{Benchmark, Service, Store};
use serde_json::Value;

use super::await_answers;

/// How long requests are sent, in seconds.
const DURATION: f64 = 4.0;

#[tokio::test]
async fn a_run_goes_on_to_its_end_without_the_service() {
    let models = ["--users 5", "--users 50 --rate 100"];
    for model in models {
        let mut service = Service::start(&Store::Sqlite).await;
        let line = format!("load-test --endpoints /products --duration {DURATION} {model}");
        let run = Benchmark::start(&service, &line);
        await_answers(&service.client(), 50.0).await;

        service.kill9();
        let measured = run.end().await.expect(0);

        let result = &measured.results()[0];
        let count = |pointer| result.pointer(pointer).and_then(Value::as_u64);
        assert!(
            count("/successful_requests") >= Some(50),
            "{model}: {result}"
        );
        assert!(count("/errors/connection") > Some(0), "{model}: {result}");
        assert_eq!(
            count("/errors/connection"),
            count("/failed_requests"),
            "{model}: nothing else went wrong: {result}"
        );
        assert_eq!(measured.document["interrupted"], false, "{model}");
        let seconds = result["intervals"].as_array().map_or(0, Vec::len);
        assert!(
            seconds as f64 >= DURATION - 1.0,
            "{model}: it was tried to the end: {result}"
        );
    }
}
