//! The open model: how many requests there are, and over which time.

use crate::{app::Instance, program::measure};

#[tokio::test]
async fn each_request_that_was_due_is_sent_or_said_to_be_unsent() {
    let instance = Instance::start().await;
    for (options, due, why) in [
        ("--rate 300 --users 30", 300, "a rate that can be kept"),
        ("--rate 900000 --users 1", 900_000, "one that cannot"),
        ("--rate 300 --users 30 --ramp-up 1", 150, "one that rises"),
        ("--rate 0.01", 1, "less than one in the whole time"),
        ("--rate 1e-300", 1, "none that anybody will live to see"),
    ] {
        let line = format!("load-test --endpoints /things --duration 1 --timeout 0.5 {options}");

        let ended = measure(&instance, &line).await;

        let level = ended.results.expect(&ended.stderr).levels.remove(0);
        let all = level.total_requests + level.unsent_requests;
        assert_eq!(all, due, "{why}: {level:?}");
        assert!(level.total_requests > 0, "{why}: {level:?}");
    }
}

#[tokio::test]
async fn few_requests_make_no_high_rate() {
    let instance = Instance::start().await;
    let line = "load-test --endpoints /things --duration 1 --rate 1";

    let result = measure(&instance, line).await.first_result();

    assert_eq!(result.total_requests, 1);
    assert!(result.requests_per_second <= 1.0, "{result:?}");
}
