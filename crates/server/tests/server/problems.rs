//! Every failure is a problem, whatever the routes made of it.

use poem::{Endpoint, IntoResponse, Request, Route, endpoint::make_sync, get, http::Method};
use serde_json::json;
use server::{Limits, Origins, RouteTable, guard};
use tracing::Level;

use crate::harness::{App, DEADLINE, Log};

#[tokio::test]
async fn an_unknown_path_is_a_404_problem_about_itself() {
    let app = App::start().await;

    let reply = app.ask("GET", "/nowhere?a=b").await;

    assert_eq!(reply.status, 404);
    let problem = reply.problem();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], "Not Found");
    assert_eq!(problem["instance"], "/nowhere");
    assert_eq!(
        problem["correlation_id"],
        reply.header("x-correlation-id").unwrap()
    );
}

#[tokio::test]
async fn a_path_parameter_that_does_not_parse_is_a_404_problem() {
    let app = App::start().await;

    let reply = app.ask("GET", "/items/seven").await;

    assert_eq!(reply.status, 404);
    reply.problem();
}

#[tokio::test]
async fn a_wrong_method_is_a_405_problem_that_names_the_right_ones() {
    let app = App::start().await;

    for (method, path, allow) in [
        ("DELETE", "/count", "GET, HEAD, POST"),
        ("GET", "/echo", "POST"),
    ] {
        let reply = app.ask(method, path).await;

        assert_eq!(reply.status, 405, "{method} {path}");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
        reply.problem();
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let app = App::start().await;

    for (path, status) in [("/count", 200), ("/nowhere", 404)] {
        let get = app.ask("GET", path).await;
        let head = app.ask("HEAD", path).await;

        assert_eq!(head.status, status, "{path}");
        assert_eq!(
            head.header("content-length"),
            get.header("content-length"),
            "{path}"
        );
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_measures_an_answer_to_head_finds_no_body_in_it() {
    let routes = Route::new().at("/count", get(make_sync(|_| "counted")));
    let limits = Limits::new(1, 1, DEADLINE);
    let app = guard(routes, limits, RouteTable::default(), &Origins::default());

    let request = Request::builder()
        .method(Method::HEAD)
        .uri_str("/count")
        .finish();
    let mut response = app.get_response(request).await;

    assert_eq!(response.header("content-length"), Some("7"));
    assert!(response.take_body().is_empty());
}

#[tokio::test]
async fn a_head_of_the_applications_own_is_left_to_it() {
    let own = make_sync(|_| ().with_header("x-own", "yes"));
    let routes = Route::new().at("/count", get(make_sync(|_| "counted")).head(own));
    let table = RouteTable::new([(Method::GET, "/count"), (Method::HEAD, "/count")]).unwrap();
    let app = guard(
        routes,
        Limits::new(1, 1, DEADLINE),
        table,
        &Origins::default(),
    );

    let request = Request::builder()
        .method(Method::HEAD)
        .uri_str("/count")
        .finish();
    let response = app.get_response(request).await;

    assert_eq!(response.header("x-own"), Some("yes"));
}

#[tokio::test]
async fn head_leaves_nothing_behind_on_the_connection() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    wire.request("HEAD", "/count").await;
    wire.head().await;
    wire.request("GET", "/count").await;

    assert_eq!(wire.reply().await.body, "counted");
}

#[tokio::test]
async fn a_problem_of_a_handler_arrives_as_it_is() {
    let app = App::start().await;

    for path in ["/invalid", "/invalid-response"] {
        let reply = app.ask("GET", path).await;

        assert_eq!(reply.status, 422, "{path}");
        assert_eq!(reply.header("retry-after"), Some("2"), "{path}");
        let problem = reply.problem();
        assert_eq!(problem["detail"], "One field is wrong.", "{path}");
        assert_eq!(problem["instance"], path);
        assert_eq!(
            problem["errors"],
            json!([{"pointer": "/price", "message": "is negative"}])
        );
    }
}

#[tokio::test]
async fn a_plain_failure_of_the_framework_becomes_a_problem() {
    let app = App::start().await;

    let reply = app.ask("GET", "/teapot").await;

    assert_eq!(reply.status, 418);
    reply.problem();
}

#[tokio::test]
async fn json_of_the_application_is_no_failure_of_the_framework() {
    let app = App::start().await;

    let reply = app.ask("GET", "/json").await;

    assert_eq!(reply.status, 503);
    assert_eq!(reply.body, r#"{"status":"not ready"}"#);
}

#[tokio::test]
async fn an_internal_error_is_told_to_the_log_once_and_not_to_the_client() {
    let log = Log::listen();
    let app = App::start().await;

    for (path, status, secret) in [
        ("/error", 500, "hunter2"),
        ("/unavailable", 503, "10.0.0.7"),
    ] {
        let reply = app.ask("GET", path).await;

        assert_eq!(reply.status, status);
        assert!(!reply.body.contains(secret), "{}", reply.body);
        reply.problem();
        let errors = log.of(Level::ERROR);
        let told = errors.iter().filter(|line| line.contains(secret)).count();
        assert_eq!(told, 1, "{errors:?}");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_problem_and_the_connection_lives_on() {
    let app = App::start().await;
    let mut wire = app.connect().await;

    wire.request("GET", "/panic").await;
    let reply = wire.reply().await;
    wire.request("GET", "/count").await;

    assert_eq!(reply.status, 500);
    assert!(
        !reply.body.contains("the handler is broken"),
        "{}",
        reply.body
    );
    reply.problem();
    assert_eq!(wire.reply().await.status, 200);
}
