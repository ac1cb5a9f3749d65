//! The OpenAPI document and the pages that show it.

use products::api::document;

use crate::app::App;
use crate::place::Engine;

const COMMITTED: &str = include_str!("../../openapi.json");

#[test]
fn the_committed_document_is_the_current_one() {
    let current = document::to_json(&document::document());

    assert!(
        current == COMMITTED,
        "services/products/openapi.json is out of date: cargo run -- openapi > services/products/openapi.json"
    );
}

#[tokio::test]
async fn the_document_is_served_in_both_forms() {
    let app = App::start(Engine::Sqlite).await;

    assert_eq!(app.get("/openapi.json").await.expect(200).body, COMMITTED);
    let yaml = app.get("/openapi.yaml").await.expect(200);

    assert!(
        yaml.body
            .contains("created_at: '2026-01-31T12:00:00.000000Z'"),
        "dates are text"
    );
    assert_eq!(yaml.header("content-type"), "application/yaml");
    let from_yaml: serde_json::Value = serde_norway::from_str(&yaml.body).unwrap();
    assert_eq!(
        from_yaml,
        serde_json::from_str::<serde_json::Value>(COMMITTED).unwrap()
    );
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let app = App::start(Engine::Sqlite).await;
    for path in ["/docs", "/redoc"] {
        let page = app.get(path).await.expect(200);
        assert!(
            page.body.contains("createProducts"),
            "{path} shows the document"
        );
        for foreign in [
            "fonts.googleapis.com",
            "cdn.redoc.ly",
            "src=\"http",
            "href=\"http",
            "@import",
            "url(http",
        ] {
            let markup = page.body.split("<script").next().unwrap_or_default();
            assert!(!markup.contains(foreign), "{path} loads {foreign}");
        }
        for host in ["fonts.googleapis.com", "cdn.redoc.ly"] {
            assert!(!page.body.contains(host), "{path} loads {host}");
        }
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'self'")
        );
    }
}

#[tokio::test]
async fn the_root_says_where_everything_is() {
    for settings in [
        &[][..],
        &[("server.management_port", "0")],
        &[("metrics.enabled", "false")],
    ] {
        let app = App::start_with(Engine::Sqlite, settings).await;

        let root = app.get("/").await.expect(200).json();

        assert_eq!(root["service"], "products");
        let links = root["links"].as_object().unwrap();
        assert_eq!(links.contains_key("metrics"), settings.is_empty());
        for (name, path) in links {
            let status = app.get(path.as_str().unwrap()).await.status;
            assert_eq!(status, 200, "{name} with {settings:?}");
        }
    }
}
