//! Bad input: a clear problem, and nothing written.

use reqwest::Method;

use crate::app::{App, Request};
use crate::place::BOTH;

const GOOD: &str = r#"{"name":"a","price":1,"amount":1}"#;

#[tokio::test]
async fn bad_bodies_are_refused_by_name_and_rule() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let long = format!(r#"{{"name":"{}","price":1,"amount":1}}"#, "x".repeat(256));
        let many = format!("[{}]", vec![GOOD; 1001].join(","));
        for (body, status, says) in [
            (r#"{"name":7,"price":1,"amount":1}"#.as_bytes(), 422, ["/name", "expected a string, got a number"]),
            (br#"{"name":"a","price":"12","amount":1}"#, 422, ["/price", "expected a number, got a string"]),
            (br#"{"name":"a","price":1,"amount":[]}"#, 422, ["/amount", "expected an integer, got an array"]),
            (br#"{"name":"a","amount":1}"#, 422, ["/price", "is required"]),
            (br#"{"name":"a","price":1,"amount":1,"color":1}"#, 422, ["/color", "unknown field"]),
            (br#"{"name":"a","name":"b","price":1,"amount":1}"#, 422, ["/name", "more than once"]),
            (br#"{"name":"a","price":-1,"amount":1}"#, 422, ["/price", "at least 0"]),
            (br#"{"name":"a","price":1.005,"amount":1}"#, 422, ["/price", "at most 2 fraction digits"]),
            (br#"{"name":"a","price":1e30,"amount":1}"#, 422, ["/price", "at most 12 digits"]),
            (br#"{"name":"a","price":1,"amount":-1}"#, 422, ["/amount", "from 0 to 2147483647"]),
            (br#"{"name":"a\u0000b","price":1,"amount":1}"#, 422, ["/name", "control characters"]),
            (br#"{"id":0,"name":"a","price":1,"amount":1}"#, 422, ["/id", "from 1 to"]),
            (long.as_bytes(), 422, ["/name", "at most 255 characters"]),
            (b"[]", 422, ["errors", "has 0"]),
            (many.as_bytes(), 422, ["errors", "has 1001"]),
            (br#"[{"id":4,"name":"a","price":1,"amount":1},{"id":4,"name":"b","price":1,"amount":1}]"#, 422, ["/1/id", "same as /0/id"]),
            (b"{\"name\":", 400, ["not valid JSON", "line 1"]),
            (b"{\"name\":\"\xff\",\"price\":1,\"amount\":1}", 400, ["not valid JSON", ""]),
            (b"", 400, ["empty", ""]),
        ] {
            let answer = app.send(
                Request::new(Method::POST, "/products").header("content-type", "application/json").body(body),
            );
            answer.await.expect_problem(status, &says);
        }
        assert_eq!(app.count().await, 0, "{engine:?}: something was written");
    }
}

#[tokio::test]
async fn a_bad_change_leaves_the_product_as_it_was() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let product = app.create("a", "1", 1).await;
        let id = product["id"].as_i64().unwrap();
        for (body, says) in [
            (r#"{"name":null}"#, ["/name", "got null"]),
            (r#"{"id":99}"#, ["/id", "cannot change"]),
            (r#"{"price":1.001}"#, ["/price", "2 fraction digits"]),
            (r#"{"version":1}"#, ["/version", "unknown field"]),
            (r#"[]"#, ["", "expected an object, got an array"]),
        ] {
            app.patch(id, body).await.expect_problem(422, &says);
            app.put(id, body).await.expect_problem(422, &says);
        }
        app.put(id, r#"{"name":"b","price":1}"#)
            .await
            .expect_problem(422, &["/amount", "is required"]);

        assert_eq!(app.get(&format!("/products/{id}")).await.json(), product);
    }
}

#[tokio::test]
async fn compressed_bodies_are_refused_whatever_is_in_them() {
    let app = App::start(BOTH[0]).await;
    let post = |coding: &'static str| {
        let post = Request::new(Method::POST, "/products").header("content-encoding", coding);
        post.json(GOOD)
    };

    for coding in ["gzip", "br", "identity, gzip", ""] {
        let refused = app.send(post(coding)).await;

        refused.expect_problem(415, &["without Content-Encoding"]);
        assert_eq!(refused.header("accept-encoding"), "identity", "{coding}");
    }
    app.send(post("Identity")).await.expect(201);
    assert_eq!(app.count().await, 1);
}

#[tokio::test]
async fn bodies_of_another_media_type_are_refused_with_the_right_one() {
    let app = App::start(BOTH[0]).await;
    app.create("a", "1", 1).await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
        "application/merge-patch+json",
    ] {
        let post = Request::new(Method::POST, "/products")
            .header("content-type", kind)
            .body(GOOD);
        app.send(post)
            .await
            .expect_problem(415, &["application/json"]);
    }
    app.send(Request::new(Method::POST, "/products").body(GOOD))
        .await
        .expect_problem(415, &[]);
    for kind in [
        "application/json",
        "application/merge-patch+json",
        "Application/JSON; charset=\"UTF-8\"",
    ] {
        let patch = Request::new(Method::PATCH, "/products/1")
            .header("content-type", kind)
            .body("{}");
        app.send(patch).await.expect(200);
    }
    let patch = Request::new(Method::PATCH, "/products/1")
        .header("content-type", "text/json")
        .body("{}");
    app.send(patch)
        .await
        .expect_problem(415, &["application/merge-patch+json"]);
    assert_eq!(app.count().await, 1);
}
