//! What is counted on both sides is the same, and it is said where it is not.

use reqwest::Client;

use crate::{
    app::Instance,
    client::{Run, endpoint, result, send},
};

#[tokio::test]
async fn what_the_server_counted_equals_what_was_asked() {
    let instance = Instance::start().await;
    send(&instance, "GET", "/things/1").await;
    let mut run = Run::begin(&instance).await;

    run.ask(3, "GET", "/things/7?x=1").await;
    run.ask(4, "GET", "/things/8").await;
    run.ask(5, "GET", "/things/newest").await;
    run.ask(6, "POST", "/things").await;
    run.ask(7, "HEAD", "/things").await;
    run.ask(8, "GET", "/broken").await;
    run.ask(9, "GET", "/nowhere/at/all").await;
    run.ask(2, "GET", "/metrics").await;
    run.ask(2, "PURGE", "/things").await;
    let mut view = run.view().await;

    // A mean says what the machine was like.
    view.disagreements.retain(|it| !it.contains("in the mean"));
    assert_eq!(view.disagreements, [""; 0]);
    let table = [
        (
            "GET",
            "/things/{thing_id}",
            7,
            "200",
            "two paths of one route",
        ),
        ("GET", "/things/newest", 5, "200", "a literal route"),
        ("POST", "/things", 6, "201", "by method"),
        ("HEAD", "/things", 7, "200", "HEAD is not GET"),
        ("GET", "/broken", 8, "502", "errors"),
        ("GET", "unmatched", 9, "404", "no route"),
        (
            "GET",
            "/metrics",
            2,
            "200",
            "without the scrapes of the run",
        ),
        ("OTHER", "/things", 2, "405", "an unknown method"),
    ];
    for (method, route, requests, status, why) in table {
        let found = endpoint(&view, method, route);
        assert_eq!(found.requests, requests, "{why}");
        assert_eq!(found.client_requests, requests, "{why}");
        assert_eq!(found.status_codes.get(status), Some(&requests), "{why}");
        assert!(found.avg_response_time > 0.0, "{why}");
        assert!(found.p50_response_time > 0.0, "{why}");
        assert!(found.p99_response_time >= found.p50_response_time, "{why}");
    }
    let paths = &endpoint(&view, "GET", "/things/{thing_id}").paths;
    assert_eq!(*paths, ["/things/7?x=1", "/things/8"]);
    assert_eq!(endpoint(&view, "GET", "/broken").error_rate, 100.0);
    assert_eq!(view.endpoints.len(), table.len());
}

#[tokio::test]
async fn a_second_client_is_noticed() {
    let instance = Instance::start().await;
    let mut run = Run::begin(&instance).await;

    run.ask(5, "GET", "/things").await;
    send(&instance, "GET", "/things").await;
    send(&instance, "GET", "/things").await;
    let view = run.view().await;

    let said = &view.disagreements[0];
    assert!(
        said.contains("counted 7 requests to GET /things,"),
        "{said}"
    );
    assert!(said.contains("sent 5: somebody else"), "{said}");
}

#[tokio::test]
async fn lost_requests_are_noticed() {
    let instance = Instance::start().await;
    let mut run = Run::begin(&instance).await;

    run.ask(5, "GET", "/things").await;
    run.results[0].total_requests += 3;
    run.results[0].errors.insert("connection".to_owned(), 2);
    let view = run.view().await;

    let said = &view.disagreements[0];
    assert!(
        said.contains("counted 5 requests to GET /things,"),
        "{said}"
    );
    assert!(said.contains("sent 8: 3 were lost"), "{said}");
    assert!(said.contains("no answer to 2"), "{said}");
}

#[tokio::test]
async fn a_restart_is_noticed() {
    let first = Instance::start().await;
    for _ in 0..3 {
        send(&first, "GET", "/things").await;
    }
    let mut run = Run::begin(&first).await;

    run.ask(5, "GET", "/things").await;
    let second = Instance::start().await;
    send(&second, "GET", "/things").await;
    let view = run.view_of(&second).await;

    assert_eq!(view.disagreements.len(), 1, "{:?}", view.disagreements);
    let said = &view.disagreements[0];
    assert!(said.contains("restarted during the run"), "{said}");
    assert!(said.contains("counted 1 of these"), "{said}");
    assert!(said.contains("sent 5"), "{said}");
    assert_eq!(endpoint(&view, "GET", "/things").requests, 1);
}

#[tokio::test]
async fn a_request_that_the_client_gave_up_is_waited_for() {
    let instance = Instance::start().await;
    let mut run = Run::begin(&instance).await;

    instance.scraped.notified().await;
    let url = format!("{}/stuck", instance.base_url);
    let request = tokio::spawn(Client::new().get(url).send());
    instance.stuck.notified().await;
    let mut given_up = result("GET", "/stuck");
    given_up.total_requests = 1;
    given_up.errors.insert("timeout".to_owned(), 1);
    run.results.push(given_up);
    let leave = async {
        instance.scraped.notified().await;
        request.abort();
    };
    let (view, ()) = tokio::join!(run.view(), leave);

    let stuck = endpoint(&view, "GET", "/stuck");
    assert_eq!(stuck.status_codes.get("499"), Some(&1), "{view:#?}");
}

#[tokio::test]
async fn time_that_passes_outside_of_the_server_is_noticed() {
    let instance = Instance::start().await;
    let mut run = Run::begin(&instance).await;

    run.ask(5, "GET", "/things").await;
    run.results[0].avg_response_time = 90.0;
    let view = run.view().await;

    let said = &view.disagreements[0];
    assert!(said.contains("GET /things in the mean"), "{said}");
    assert!(said.contains("waited 90000.000 ms"), "{said}");
}

#[tokio::test]
async fn errors_that_only_one_side_saw_are_noticed() {
    let instance = Instance::start().await;
    let mut run = Run::begin(&instance).await;

    run.ask(5, "GET", "/things").await;
    run.results[0].status_codes = [("200".to_owned(), 4), ("502".to_owned(), 1)].into();
    let view = run.view().await;

    let said = &view.disagreements[0];
    assert!(said.contains("0 of 5 (0.00 %) requests with 5xx"), "{said}");
    assert!(said.contains("the client saw 1 of 5 (20.00 %)"), "{said}");
}
