//! Bad input: each a 4xx problem that names what is wrong, and nothing written.

use e2e::{Client, Service, Store};
use reqwest::Method;
use serde_json::json;

/// What the service must have before and after.
const SEED: &str = r#"{"id":1,"name":"Seed","price":1,"amount":1}"#;

async fn seeded(store: &Store) -> (Service, Client, String) {
    let service = Service::start(store).await;
    let api = service.client();
    api.send(api.creation(SEED)).await.expect(201);
    let before = api.get("/products").await.body;
    (service, api, before)
}

#[tokio::test]
async fn a_bad_body_is_refused_with_a_pointer_to_what_is_wrong() {
    let long = format!(r#"{{"name":"{}","price":1,"amount":1}}"#, "x".repeat(256));
    let rows = [
        (r#"{"name":1,"price":1,"amount":1}"#, "/name", "string"),
        (r#"{"name":null,"price":1,"amount":1}"#, "/name", "string"),
        (r#"{"name":"","price":1,"amount":1}"#, "/name", "1"),
        (r#"{"name":"   ","price":1,"amount":1}"#, "/name", "1"),
        (
            "{\"name\":\"a\\u0007b\",\"price\":1,\"amount\":1}",
            "/name",
            "control",
        ),
        (long.as_str(), "/name", "255"),
        (r#"{"name":"a","price":"1","amount":1}"#, "/price", "number"),
        (r#"{"name":"a","price":-1,"amount":1}"#, "/price", ""),
        (r#"{"name":"a","price":1.005,"amount":1}"#, "/price", "2"),
        (
            r#"{"name":"a","price":12345678901.25,"amount":1}"#,
            "/price",
            "12",
        ),
        (r#"{"name":"a","price":1,"amount":-1}"#, "/amount", "0"),
        (
            r#"{"name":"a","price":1,"amount":1.5}"#,
            "/amount",
            "integer",
        ),
        (
            r#"{"name":"a","price":1,"amount":"1"}"#,
            "/amount",
            "integer",
        ),
        (
            r#"{"name":"a","price":1,"amount":2147483648}"#,
            "/amount",
            "2147483647",
        ),
        (r#"{"id":0,"name":"a","price":1,"amount":1}"#, "/id", "1"),
        (
            r#"{"id":"7","name":"a","price":1,"amount":1}"#,
            "/id",
            "integer",
        ),
        (
            r#"{"id":9007199254740992,"name":"a","price":1,"amount":1}"#,
            "/id",
            "9007199254740991",
        ),
        (r#"{"name":"a","price":1}"#, "/amount", ""),
        (r#"{"price":1,"amount":1}"#, "/name", ""),
        (r#"{"name":"a","amount":1}"#, "/price", ""),
        (
            r#"{"name":"a","price":1,"amount":1,"colour":"red"}"#,
            "/colour",
            "",
        ),
        (
            r#"{"name":"a","name":"b","price":1,"amount":1}"#,
            "/name",
            "",
        ),
        (
            r#"[{"name":"a","price":1,"amount":1},{"name":"b","price":1,"amount":1,"colour":1}]"#,
            "/1/colour",
            "",
        ),
        (r#"[{"name":"a","price":1,"amount":1},7]"#, "/1", "object"),
        (
            r#"[{"id":3,"name":"a","price":1,"amount":1},{"id":3,"name":"b","price":1,"amount":1}]"#,
            "/1/id",
            "",
        ),
        ("[]", "", "1"),
        (r#""text""#, "", ""),
        ("7", "", ""),
        ("null", "", ""),
    ];
    for store in Store::both() {
        let (_service, api, before) = seeded(&store).await;

        for (body, pointer, rule) in rows {
            let answer = api.send(api.creation(body.to_owned())).await;
            assert!(
                answer.pointers().iter().any(|found| found == pointer),
                "{body} on {store}: no {pointer:?} in {}",
                answer.body
            );
            assert!(
                answer.body.contains(rule),
                "{body} on {store}: no rule {rule:?} in {}",
                answer.body
            );
        }

        assert_eq!(api.get("/products").await.body, before, "on {store}");
    }
}

#[tokio::test]
async fn all_mistakes_of_a_body_are_named_at_once() {
    let (_service, api, _) = seeded(&Store::Sqlite).await;

    let answer = api
        .create(&json!({"name": "", "price": -1, "amount": "x", "colour": 1}))
        .await;

    let mut pointers = answer.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        ["/amount", "/colour", "/name", "/price"],
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn what_is_no_json_is_a_bad_request() {
    let rows: [(&[u8], &str); 6] = [
        (b"", "nothing"),
        (b"{", "cut short"),
        (b"{\"name\":\"a\",}", "a comma too many"),
        (b"{\"name\":\"\xff\",\"price\":1,\"amount\":1}", "no UTF-8"),
        (
            b"{\"name\":\"a\",\"price\":1,\"amount\":1} x",
            "something behind the end",
        ),
        (
            b"{\"name\":\"a\",\"price\":01,\"amount\":1}",
            "a leading zero",
        ),
    ];
    let (_service, api, before) = seeded(&Store::Sqlite).await;

    for (body, reason) in rows {
        let answer = api.send(api.creation(body)).await;
        assert_eq!(answer.status, 400, "{reason}: {}", answer.body);
        answer.problem(400);
    }
    let deep = "[".repeat(100_000);
    let answer = api.send(api.creation(deep)).await;
    assert!(
        [400, 422].contains(&answer.status),
        "nesting: {}",
        answer.body
    );

    assert_eq!(api.get("/products").await.body, before);
}

#[tokio::test]
async fn another_media_type_is_not_supported() {
    let (_service, api, before) = seeded(&Store::Sqlite).await;
    let product = r#"{"name":"a","price":1,"amount":1}"#;
    let send = async |method: Method, path: &str, media_type: Option<&str>| {
        let request = api.request(method, path).body(product);
        api.send(match media_type {
            Some(media_type) => request.header("content-type", media_type),
            None => request,
        })
        .await
    };

    for media_type in [Some("text/plain"), Some("application/xml"), None] {
        send(Method::POST, "/products", media_type)
            .await
            .problem(415);
        send(Method::PUT, "/products/1", media_type)
            .await
            .problem(415);
        send(Method::PATCH, "/products/1", media_type)
            .await
            .problem(415);
    }
    send(
        Method::POST,
        "/products",
        Some("application/merge-patch+json"),
    )
    .await
    .problem(415);
    assert_eq!(api.get("/products").await.body, before);

    send(
        Method::POST,
        "/products",
        Some("application/json; charset=utf-8"),
    )
    .await
    .expect(201);
    send(
        Method::PATCH,
        "/products/1",
        Some("application/merge-patch+json"),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn a_patch_knows_no_null_and_no_strangers() {
    let (_service, api, before) = seeded(&Store::Sqlite).await;
    let rows = [
        (r#"{"price":null}"#, "/price"),
        (r#"{"amount":-1}"#, "/amount"),
        (r#"{"colour":1}"#, "/colour"),
        (r#"{"amount":1,"amount":2}"#, "/amount"),
        ("[]", ""),
    ];

    for (body, pointer) in rows {
        let answer = api
            .send(api.with_json(Method::PATCH, "/products/1", body))
            .await;
        assert_eq!(answer.pointers(), [pointer], "{body}: {}", answer.body);
    }
    assert_eq!(api.get("/products").await.body, before);
}

#[tokio::test]
async fn a_bad_query_is_refused_by_the_parameters_name() {
    for store in Store::both() {
        let (_service, api, _) = seeded(&store).await;
        api.create(&json!([{"name": "b", "price": 2, "amount": 2}, {"name": "c", "price": 3, "amount": 3}])).await.expect(201);
        let next = api
            .get("/products?limit=1&sort=name")
            .await
            .link("next")
            .expect("there is more");
        let cursor = next
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix("after="))
            .unwrap();
        let foreign = format!("sort=price&after={cursor}");
        let twisted = format!("sort=name&after={}x", cursor);
        let both = format!("sort=name&after={cursor}&skip=1");
        let rows = [
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("skip=-1", "skip"),
            ("sort=colour", "sort"),
            ("sort=--id", "sort"),
            ("after=garbage", "after"),
            (&foreign, "after"),
            (&twisted, "after"),
            (&both, "skip"),
            ("min_price=cheap", "min_price"),
            ("max_price=1.005", "max_price"),
            ("min_price=-1", "min_price"),
            ("in_stock=maybe", "in_stock"),
            ("count=maybe", "count"),
        ];

        for (query, parameter) in rows {
            let answer = api.get(&format!("/products?{query}")).await;
            assert_eq!(answer.status, 400, "{query} on {store}: {}", answer.body);
            let detail = answer.problem(400)["detail"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(detail.contains(parameter), "{query} on {store}: {detail}");
        }
        api.get("/products?colour=red").await.expect(200);
    }
}

#[tokio::test]
async fn a_condition_that_is_none_is_refused() {
    let (_service, api, before) = seeded(&Store::Sqlite).await;
    let seed: serde_json::Value = serde_json::from_str(SEED).unwrap();

    for garbage in ["garbage", "1", "\"open", "\"a\" \"b\"", ","] {
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let request = api.with_json(method.clone(), "/products/1", seed.to_string());
            let answer = api.send(request.header("if-match", garbage)).await;
            assert!(
                [400, 412].contains(&answer.status),
                "{method} {garbage}: {}",
                answer.status
            );
            answer.problem(answer.status);
            assert!(
                answer.body.contains("If-Match"),
                "{method} {garbage}: {}",
                answer.body
            );
        }
    }
    assert_eq!(api.get("/products").await.body, before);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_however_it_is_sent() {
    let store = Store::Sqlite;
    let service = e2e::Launch::new()
        .set("server.max_request_size", "64KiB")
        .on(&store)
        .await;
    let api = service.client();
    let body = vec![b' '; 200 * 1024];

    let whole = api.send(api.creation(body.clone())).await;
    let pieces: Vec<std::io::Result<Vec<u8>>> = body
        .chunks(8 * 1024)
        .map(|piece| Ok(piece.to_vec()))
        .collect();
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let chunked = api.send(api.creation(chunked)).await;

    whole.problem(413);
    chunked.problem(413);
}
