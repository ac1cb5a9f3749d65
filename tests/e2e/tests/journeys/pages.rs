//! The pages and documents that the service brings with it.

use e2e::{Service, Store};
use reqwest::Method;

/// What makes a browser load something, in HTML and in CSS.
const LOADERS: [&str; 5] = ["src=", "srcset=", "href=", "url(", "@import"];

#[tokio::test]
async fn documentation_needs_no_network() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    for page in ["/docs", "/redoc"] {
        let answer = api.get(page).await.expect(200);

        let media_type = answer.header("content-type").unwrap_or_default();
        assert!(media_type.starts_with("text/html"), "{page}: {media_type}");
        let outside = loaded_from_outside(&answer.body);
        assert!(outside.is_empty(), "{page} loads {outside:?}");
        assert!(answer.body.len() > 100_000, "{page} brings its own script");
        // What its script would load, the browser refuses.
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'self'"), "{page}: {policy}");
        for outside in ["http:", "https:", "//", "*"] {
            assert!(!policy.contains(outside), "{page}: {policy}");
        }
    }
}

/// The outside addresses that the markup of a page loads. Text inside of scripts is not markup.
fn loaded_from_outside(page: &str) -> Vec<String> {
    let mut outside = Vec::new();
    for piece in markup(page) {
        for loader in LOADERS {
            for (place, _) in piece.match_indices(loader) {
                let rest = piece[place + loader.len()..].trim_start_matches(['"', '\'', ' ', '(']);
                let tag = piece[..place]
                    .rfind('<')
                    .map_or("", |start| &piece[start..]);
                let is_followed = loader == "href=" && !tag.starts_with("<link");
                let is_outside = ["http:", "https:", "//"]
                    .iter()
                    .any(|s| rest.starts_with(s));
                if is_outside && !is_followed {
                    outside.push(rest.chars().take(60).collect());
                }
            }
        }
    }
    outside
}

/// The page without the bodies of its scripts, whose opening tags stay.
fn markup(page: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<script") {
        let open = rest[start..]
            .find('>')
            .map_or(rest.len(), |end| start + end + 1);
        pieces.push(&rest[..open]);
        let close = rest[open..]
            .find("</script")
            .map_or(rest.len(), |end| open + end);
        rest = &rest[close..];
    }
    pieces.push(rest);
    pieces
}

#[tokio::test]
async fn the_served_document_is_the_printed_one() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    let printed = e2e::run(service.directory(), &["openapi"], &[]).await;
    let served = api.get("/openapi.json").await.expect(200);
    let yaml = api.get("/openapi.yaml").await.expect(200);

    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let printed: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(printed["paths"], served.json()["paths"]);
    assert!(yaml.body.contains("openapi:"), "{}", yaml.body);
}

#[tokio::test]
async fn the_root_names_the_way_to_everything() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    let root = api.get("/").await.expect(200).body;

    for path in ["/docs", "/health", "/metrics"] {
        assert!(root.contains(path), "no {path} in {root}");
        api.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn whatever_is_asked_is_answered_in_one_style() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();

    api.get("/nowhere").await.problem(404);
    let wrong = api.delete("/products").await;
    wrong.problem(405);
    let allowed = wrong.header("allow").unwrap_or_default();
    for method in ["GET", "HEAD", "POST"] {
        assert!(allowed.contains(method), "Allow: {allowed}");
    }

    for path in [
        "/",
        "/products",
        "/docs",
        "/openapi.json",
        "/health",
        "/nowhere",
    ] {
        let got = api.get(path).await;
        let head = api.send(api.request(Method::HEAD, path)).await;
        assert_eq!(head.status, got.status, "HEAD {path}");
        assert_eq!(head.body, "", "HEAD {path}");
        for header in ["x-correlation-id", "x-process-time"] {
            assert!(got.header(header).is_some(), "no {header} at {path}");
        }
    }
}

#[tokio::test]
async fn a_sane_correlation_id_is_kept_and_another_replaced() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    let rows = [
        ("X-Correlation-ID", "order-66.a:b_c", true),
        ("X-Request-ID", "from-the-proxy", true),
        ("X-Correlation-ID", "two words", false),
        ("X-Correlation-ID", "", false),
        ("X-Correlation-ID", &*"x".repeat(129), false),
    ];

    for (name, sent, kept) in rows {
        let answer = api
            .send(api.request(Method::GET, "/products").header(name, sent))
            .await;

        let id = answer.header("x-correlation-id").unwrap_or_default();
        assert_eq!(id == sent, kept, "{name}: {sent:?} became {id:?}");
        assert!(!id.is_empty(), "{name}: {sent:?} gave no id");
    }
}
