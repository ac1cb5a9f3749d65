//! The log level at run time, and who may change it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use servers::poll_until;

use crate::app::{Answer, App, Request};
use crate::place::Engine;

/// One port, and a port of their own for management routes.
const LAYOUTS: [&[(&str, &str)]; 2] = [&[], &[("server.management_port", "0")]];

fn show() -> Request<'static> {
    Request::new(Method::GET, "/loglevel")
}

fn change(body: Value) -> Request<'static> {
    Request::new(Method::PUT, "/loglevel").json(body)
}

fn to_debug() -> Request<'static> {
    change(json!({"filter": "debug"}))
}

fn filter(answer: Answer) -> Value {
    answer.expect(200).json()["filter"].clone()
}

#[tokio::test]
async fn the_level_is_shown_changed_and_goes_back_by_itself() {
    for layout in LAYOUTS {
        let app = App::start_with(Engine::Sqlite, layout).await;
        assert_eq!(
            app.operate(show()).await.expect(200).json(),
            json!({"filter": "INFO"})
        );

        let change = change(json!({"filter": "info,products=debug", "ttl_seconds": 1}));
        assert_eq!(filter(app.operate(change).await), "info,products=debug");

        poll_until("the configured level", Duration::from_secs(20), || async {
            match filter(app.operate(show()).await) {
                level if level == "INFO" => Ok(()),
                level => Err(level),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn with_a_management_port_the_api_knows_no_level() {
    let app = App::start_with(Engine::Sqlite, LAYOUTS[1]).await;

    app.send(show()).await.expect_problem(404, &[]);
    app.send(to_debug()).await.expect_problem(404, &[]);
}

#[tokio::test]
async fn what_a_proxy_or_a_foreign_page_sends_changes_nothing() {
    for layout in LAYOUTS {
        let app = App::start_with(Engine::Sqlite, layout).await;
        for (name, value) in [
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let refused = app.operate(to_debug().header(name, value)).await;

            refused.expect_problem(403, &["auth.management_token_file"]);
            let shown = app.operate(show().header(name, value)).await;
            assert_eq!(filter(shown), "INFO", "{name}");
        }
    }
}

#[tokio::test]
async fn with_tokens_only_their_holders_change_the_level() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens");
    std::fs::write(&path, "ada:s3cret\n").unwrap();
    let tokens = ("auth.management_token_file", path.to_str().unwrap());
    let app = App::start_with(Engine::Sqlite, &[tokens]).await;

    for refused in [
        to_debug(),
        to_debug().header("authorization", "Bearer other"),
        to_debug().header("authorization", "Basic s3cret"),
    ] {
        let refused = app.operate(refused).await;
        refused.expect_problem(401, &["Bearer TOKEN"]);
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
    assert_eq!(filter(app.operate(show()).await), "INFO");

    let admitted = to_debug()
        .header("authorization", "Bearer s3cret")
        .header("x-forwarded-for", "192.0.2.1");
    assert_eq!(filter(app.operate(admitted).await), "debug");
}

#[tokio::test]
async fn what_is_no_change_of_level_is_refused() {
    let app = App::start(Engine::Sqlite).await;

    for (body, says) in [
        (json!({"filter": "loud"}), "`loud`"),
        (json!({"filter": "info", "ttl_seconds": 0}), "ttl_seconds"),
        (json!({"filter": 5}), "filter"),
        (json!({"level": "info"}), "level"),
        (json!({}), "filter"),
        (json!([]), ""),
    ] {
        let refused = app.operate(change(body)).await;
        refused.expect_problem(422, &[says]);
    }
    let no_json = Request::new(Method::PUT, "/loglevel").header("content-type", "application/json");
    app.operate(no_json.body("{"))
        .await
        .expect_problem(400, &[]);
    let text = Request::new(Method::PUT, "/loglevel").body("debug");
    app.operate(text).await.expect_problem(415, &[]);
    let deletion = app.operate(Request::new(Method::DELETE, "/loglevel")).await;
    deletion.expect_problem(405, &[]);
    assert_eq!(deletion.header("allow"), "GET, HEAD, PUT");
    assert_eq!(filter(app.operate(show()).await), "INFO");
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_with_its_place() {
    let app = App::start(Engine::Sqlite).await;

    for (body, pointer, why) in [
        (json!({"filter": "loud"}), "/filter", "no level"),
        (json!({"filter": 1}), "/filter", "no text"),
        (
            json!({"filter": "info", "ttl_seconds": 0}),
            "/ttl_seconds",
            "too short",
        ),
        (
            json!({"filter": "info", "ttl_seconds": "1"}),
            "/ttl_seconds",
            "no number",
        ),
        (json!({}), "", "nothing there"),
        (json!({"filter": "info", "x": 1}), "", "unknown field"),
    ] {
        let problem = app.operate(change(body)).await.expect(422).json();

        assert_eq!(problem["errors"][0]["pointer"], pointer, "{why}: {problem}");
        let message = &problem["errors"][0]["message"];
        assert_eq!(*message, problem["detail"], "{why}");
    }
}
