//! What SIGTERM does, and what is under way when a run is aborted.

use std::collections::BTreeMap;

use rustix::process::Signal;

use crate::{app::Instance, client::Run, program::Program};

#[tokio::test]
async fn sigterm_ends_the_run_and_still_writes_the_results() {
    for line in [
        "load-test --duration 3600 --endpoints /things",
        "profile --iterations 100000000 --endpoints /things",
    ] {
        let instance = Instance::start().await;

        let mut program = Program::start(&format!("{line} --base-url {}", instance.base_url));
        program.progress().await;
        program.signal(Signal::TERM);
        let ended = program.ended().await;

        ended.expect(143, "", line);
        let results = ended.results.expect(line);
        assert!(results.interrupted, "{line}");
        assert!(results.results[0].successful_requests > 0, "{line}");
        assert_eq!(results.results[0].failed_requests, 0, "{line}");
    }
}

#[tokio::test]
async fn sigterm_ends_what_has_no_results_yet() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    for line in [
        format!("load-test --endpoints / --timeout 3600 --base-url {url}"),
        format!("compare --endpoints / --timeout 3600 --base-url {url} --against {url}"),
    ] {
        let program = Program::start(&line);

        let _connection = listener.accept().await.unwrap();
        program.signal(Signal::TERM);
        let ended = program.ended().await;

        ended.expect(143, "before there were results", &line);
    }
}

#[tokio::test]
async fn requests_under_way_at_the_second_signal_are_counted() {
    const LOAD: &str = "load-test --endpoints /stuck --users 3 --duration 3600";
    for (line, signal, status, under_way) in [
        (LOAD, Signal::INT, 130, 3),
        (LOAD, Signal::TERM, 143, 3),
        (&format!("{LOAD} --rate 100"), Signal::INT, 130, 3),
        ("profile --endpoints /stuck", Signal::INT, 130, 1),
    ] {
        let instance = Instance::start().await;
        let url = &instance.base_url;
        let before = Run::begin(&instance).await;
        let program = Program::start(&format!("{line} --timeout 3600 --base-url {url}"));

        // The scrape is one as well.
        instance.served(under_way as usize + 1).await;
        let ended = program.ended_by(signal).await;

        ended.expect(status, "", line);
        let results = ended.results.expect(line).results;
        let result = &results[0];
        assert_eq!(result.total_requests, under_way, "{line}");
        let aborted = BTreeMap::from([("aborted".to_owned(), under_way)]);
        assert_eq!(result.errors, aborted, "{line}");
        assert_eq!(result.failed_requests, under_way, "{line}");
        let view = before.view_after(&results).await;
        assert_eq!(view.endpoints[0].requests, under_way, "{line}");
    }
}
