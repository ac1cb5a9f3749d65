//! A server that stalls: the open model shows it, the closed one only when it is corrected.

use std::time::Duration;

use benchmark::results::EndpointResult;

use crate::{app::Instance, program::Program};

/// Half a second of three in which nothing is answered.
async fn stalled(line: &str) -> EndpointResult {
    let instance = Instance::start().await;
    let url = &instance.base_url;
    let program = Program::start(&format!(
        "load-test --endpoints /things --duration 3 --base-url {url} {line}"
    ));
    instance.served(100).await;
    instance.stall(Duration::from_millis(500));
    program.ended().await.first_result()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_model_shows_a_stall() {
    let result = stalled("--rate 200 --users 300").await;

    // A sixth of the requests fell into the stall, and waited a quarter of a second in the mean.
    assert!(result.p90_response_time > 0.1, "{result:?}");
    assert!(result.p99_response_time > 0.4, "{result:?}");
    assert!(
        result.corrected.is_none(),
        "there is nothing to be corrected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_closed_model_hides_a_stall_and_its_correction_shows_it() {
    let result = stalled("--users 2").await;

    let corrected = result
        .corrected
        .as_ref()
        .expect("each user waits for its answers");
    assert!(result.p99_response_time < 0.4, "{result:?}");
    assert!(corrected.p99_response_time > 0.4, "{corrected:?}");
}
