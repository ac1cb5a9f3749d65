//! Pages of other origins.

use server::Origins;

use crate::harness::{App, Reply, Setup};

const SHOP: &str = "https://shop.example";

async fn app_for(origins: &[&str]) -> App {
    let origins = Origins::new(origins.iter().copied());
    Setup {
        origins,
        ..Setup::default()
    }
    .start()
    .await
}

async fn ask(app: &App, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut wire = app.connect().await;
    let fields: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    wire.send(format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"
    ))
    .await;
    wire.reply().await
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_is_granted() {
    let app = app_for(&["https://other.example", SHOP]).await;

    let preflight = [
        ("Origin", SHOP),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "content-type,if-match"),
    ];
    let reply = ask(&app, "OPTIONS", "/count", &preflight).await;

    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("access-control-allow-origin"), Some(SHOP));
    assert!(
        reply
            .header("access-control-allow-methods")
            .unwrap()
            .contains("PATCH")
    );
    assert_eq!(
        reply.header("access-control-allow-headers"),
        Some("content-type,if-match")
    );
    assert_eq!(app.handled(), 0);
}

#[tokio::test]
async fn an_allowed_page_may_read_the_answer_errors_included() {
    let app = app_for(&[SHOP]).await;

    for path in ["/count", "/nowhere", "/panic"] {
        let reply = ask(&app, "GET", path, &[("Origin", SHOP)]).await;

        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some(SHOP),
            "{path}"
        );
        assert_eq!(reply.header("vary"), Some("Origin"), "{path}");
        let exposed = reply.header("access-control-expose-headers").unwrap();
        for name in [
            "etag",
            "link",
            "location",
            "retry-after",
            "x-cache",
            "x-correlation-id",
        ] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
        for name in ["x-process-time", "x-total-count", "idempotency-replayed"] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
    }
}

#[tokio::test]
async fn a_foreign_page_gets_no_permission_and_the_own_pages_go_on_working() {
    let app = app_for(&[SHOP]).await;

    let reply = ask(&app, "POST", "/count", &[("Origin", "http://evil.example")]).await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), None);
    assert_eq!(reply.header("vary"), Some("Origin"));
}

#[tokio::test]
async fn a_star_allows_every_origin() {
    let app = app_for(&["*"]).await;

    let reply = ask(&app, "GET", "/count", &[("Origin", "http://any.example")]).await;

    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some("http://any.example")
    );
}

#[tokio::test]
async fn options_that_is_no_preflight_is_a_method_like_others() {
    let app = app_for(&[SHOP]).await;

    let reply = ask(&app, "OPTIONS", "/count", &[("Origin", SHOP)]).await;

    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("allow"), Some("GET, HEAD, POST"));
}

#[tokio::test]
async fn without_origins_nothing_is_said_about_them() {
    let app = App::start().await;

    let reply = ask(&app, "GET", "/count", &[("Origin", SHOP)]).await;

    assert_eq!(reply.header("access-control-allow-origin"), None);
    assert_eq!(reply.header("vary"), None);
}
