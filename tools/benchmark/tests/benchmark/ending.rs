//! How a run ends: by itself, by hand, by a threshold.

use std::fs::File;

use crate::{
    app::Instance,
    program::{Program, measure},
};

#[tokio::test]
async fn a_threshold_that_is_crossed_is_an_exit_status() {
    let instance = Instance::start().await;
    for (thresholds, status, words) in [
        ("--threshold p95<20s --threshold error_rate<1%", 0, ""),
        (
            "--threshold p95<1us",
            99,
            "p95<1us is not met by GET /things",
        ),
        (
            "--threshold p95<20s --threshold requests_per_second>900000",
            99,
            "requests_per_second>900000",
        ),
    ] {
        let line = format!("load-test --endpoints /things --duration 0.5 {thresholds}");

        let ended = measure(&instance, &line).await;

        ended.expect(status, words, thresholds);
    }
}

#[tokio::test]
async fn a_threshold_is_crossed_even_where_nothing_succeeds() {
    let instance = Instance::start().await;
    let line = "load-test --endpoints /broken --duration 0.3 --threshold error_rate<1%";

    let ended = measure(&instance, line).await;

    ended.expect(99, "not one of", line);
}

#[tokio::test]
async fn what_cannot_be_said_is_an_error_and_the_results_are_written() {
    let instance = Instance::start().await;
    let url = &instance.base_url;
    let full = File::options().write(true).open("/dev/full").unwrap();

    let line = format!("load-test --base-url {url} --endpoints /things --duration 0.3");
    let ended = Program::start_into(&line, full.into()).ended().await;

    ended.expect(1, "standard output", &line);
    assert!(ended.results.is_some());
}

#[tokio::test]
async fn failures_are_counted_over_all_endpoints_of_a_profile() {
    let instance = Instance::start().await;
    let line = "profile --endpoints /stuck /stuck?again --iterations 3 --timeout 0.05";

    let ended = measure(&instance, line).await;

    ended.expect(1, "6 × timeout", line);
}

#[tokio::test]
async fn ctrl_c_ends_a_comparison() {
    let instance = Instance::start().await;
    let url = &instance.base_url;
    let mut program = Program::start(&format!(
        "compare --endpoints /things --duration 3600 --base-url {url} --against {url}"
    ));

    program.progress().await;
    program.interrupt();
    let ended = program.ended().await;

    assert_eq!(ended.status, 130);
}

#[tokio::test]
async fn ctrl_c_ends_the_run_and_still_writes_the_results() {
    for line in [
        "load-test --duration 3600 --endpoints /things",
        "profile --iterations 100000000 --endpoints /things",
        "load-test --duration 3600 --rate 100 --endpoints /things",
    ] {
        let instance = Instance::start().await;

        let mut program = Program::start(&format!("{line} --base-url {}", instance.base_url));
        program.progress().await;
        program.interrupt();
        let ended = program.ended().await;

        assert_eq!(ended.status, 130, "{line}");
        let results = ended.results.expect(line);
        assert!(results.interrupted, "{line}");
        assert!(results.results[0].successful_requests > 0, "{line}");
        assert_eq!(results.results[0].failed_requests, 0, "{line}");
    }
}

#[tokio::test]
async fn quiet_is_quiet_and_a_pipe_gets_plain_lines() {
    let instance = Instance::start().await;
    let line = "load-test --endpoints /things --duration 2";

    let plain = measure(&instance, line).await;
    let quiet = measure(&instance, &format!("{line} --quiet")).await;

    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert!(plain.stdout.contains("GET /things"), "{}", plain.stdout);
    assert!(plain.stderr.contains("in flight"), "{}", plain.stderr);
    assert!(!plain.stderr.contains('\u{1b}'), "{:?}", plain.stderr);
}

#[tokio::test]
async fn progress_of_a_comparison_says_which_side_it_is_about() {
    let instance = Instance::start().await;
    let url = &instance.base_url;
    let mut program = Program::start(&format!(
        "compare --endpoints /things --duration 7 --base-url {url} --against {url}"
    ));

    let first = program.progress().await;
    let mut last = first.clone();
    while last.starts_with("old ") {
        last = program.progress().await;
    }

    assert!(first.starts_with("old in flight"), "{first}");
    assert!(last.starts_with("new in flight"), "{last}");
}

#[tokio::test]
async fn a_service_that_answers_nothing_is_seen_while_it_runs() {
    let instance = Instance::start().await;
    let line = "load-test --endpoints /stuck --users 3 --duration 2 --timeout 2";

    let ended = measure(&instance, line).await;

    ended.expect(1, "in flight 3", line);
}

#[tokio::test]
async fn what_was_asked_for_stands_in_the_results_without_credentials() {
    let instance = Instance::start().await;

    let ended = measure(
        &instance,
        "--mode load-test --endpoints /things --users 3 --duration 0.5 --method POST --payload {} \
         -H Authorization:hunter2 -H User-Agent:me",
    )
    .await;

    let results = ended.results.unwrap();
    let config = &results.config;
    assert_eq!(
        (config.command.as_str(), config.method.as_str()),
        ("load-test", "POST")
    );
    assert_eq!(config.users, [3]);
    assert_eq!(config.headers["authorization"], "***");
    assert_eq!(config.headers["user-agent"], "me");
    assert!(!serde_json::to_string(&results).unwrap().contains("hunter2"));
    assert_eq!(
        results.results[0].status_codes.keys().collect::<Vec<_>>(),
        ["201"]
    );
}
