//! A service that hangs for a second, and who shows it.

use std::time::Duration;

use e2e::{Benchmark, Service, Store};
use serde_json::Value;

use super::await_answers;

#[tokio::test]
async fn a_second_of_silence_shows_by_the_clock_and_hides_behind_users_who_wait() {
    let service = Service::start(&Store::Sqlite).await;
    let run = |line: &str| {
        let line = format!("load-test --endpoints /products --duration 6 {line}");
        Benchmark::start(&service, &line)
    };
    let (open, closed) = (run("--rate 200 --users 10"), run("--users 2"));
    await_answers(&service.client(), 400.0).await;

    service.pause();
    // The time is what is tried here, not what is waited for.
    tokio::time::sleep(Duration::from_secs(1)).await;
    service.resume();
    let (open, closed) = (open.end().await.expect(0), closed.end().await.expect(0));

    let (open, closed) = (&open.results()[0], &closed.results()[0]);
    let p99 = |result: &Value| result["p99_response_time"].as_f64();
    assert!(p99(open) >= Some(0.8), "the open model shows it: {open}");
    assert!(
        open.get("corrected").is_none(),
        "what counts from the clock needs no correction: {open}"
    );
    assert!(
        p99(closed).is_some_and(|p99| p99 < 0.5),
        "two users were spared what would have shown it: {closed}"
    );
    assert!(
        p99(&closed["corrected"]) >= Some(0.5),
        "the correction adds what they were spared: {closed}"
    );
}
