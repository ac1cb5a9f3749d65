//! What is under way when a run is aborted.

use std::collections::BTreeMap;

use crate::{app::Instance, client::Run, program::Program};

#[tokio::test]
async fn requests_under_way_at_the_second_signal_are_counted() {
    for (line, under_way) in [
        ("load-test --endpoints /stuck --users 3 --duration 3600", 3),
        (
            "load-test --endpoints /stuck --users 3 --duration 3600 --rate 100",
            3,
        ),
        ("profile --endpoints /stuck", 1),
    ] {
        let instance = Instance::start().await;
        let url = &instance.base_url;
        let before = Run::begin(&instance).await;
        let program = Program::start(&format!("{line} --timeout 3600 --base-url {url}"));

        // The scrape is one as well.
        instance.served(under_way as usize + 1).await;
        let ended = program.interrupted().await;

        ended.expect(130, "", line);
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
