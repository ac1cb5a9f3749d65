//! Create, read, replace, patch, delete.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Request};
use crate::place::{BOTH, Engine};

#[tokio::test]
async fn a_product_lives_from_creation_to_deletion() {
    for engine in BOTH {
        let app = App::start(engine).await;

        let created = app
            .post(r#"{"name":" Laptop ","price":999.99,"amount":10}"#)
            .await
            .expect(201);
        let product = created.json();
        let id = product["id"].as_i64().unwrap();
        assert_eq!(created.header("location"), format!("/products/{id}"));
        assert_eq!(product["name"], "Laptop");
        assert_eq!(product["created_at"], product["updated_at"]);

        let read = app.get(&format!("/products/{id}")).await.expect(200);
        assert_eq!(read.json(), product);
        assert_eq!(read.header("etag"), created.header("etag"));
        assert_eq!(read.header("cache-control"), "private, no-cache");
        // Without Redis, replicas on PostgreSQL hear nothing of each other's writes.
        let sources = match engine {
            Engine::Sqlite => ["miss", "hit"],
            Engine::Postgres => ["bypass", "bypass"],
        };
        assert_eq!(read.header("x-cache"), sources[0]);
        let again = app.get(&format!("/products/{id}")).await.expect(200);
        assert_eq!(again.json(), product);
        assert_eq!(again.header("etag"), created.header("etag"));
        assert_eq!(again.header("cache-control"), "private, no-cache");
        assert_eq!(again.header("x-cache"), sources[1]);

        let replaced = app
            .put(id, r#"{"name":"Notebook","price":5,"amount":0}"#)
            .await
            .expect(200);
        assert_ne!(replaced.header("etag"), created.header("etag"));
        assert_eq!(replaced.json()["created_at"], product["created_at"]);

        let patched = app.patch(id, r#"{"amount":3}"#).await.expect(200).json();
        assert_eq!(
            (&patched["name"], &patched["amount"]),
            (&json!("Notebook"), &json!(3))
        );
        assert_eq!(app.get(&format!("/products/{id}")).await.json(), patched);

        app.delete(id).await.expect(204);
        app.get(&format!("/products/{id}"))
            .await
            .expect_problem(404, &[]);
        app.delete(id).await.expect_problem(404, &[]);
        app.put(id, r#"{"name":"a","price":1,"amount":1}"#)
            .await
            .expect_problem(404, &[]);
        app.patch(id, "{}").await.expect_problem(404, &[]);
        assert_eq!(app.count().await, 0, "PUT never creates");
    }
}

#[tokio::test]
async fn what_was_read_can_be_put_back() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let product = app.create("Desk lamp", "24.5", 7).await;
        let id = product["id"].as_i64().unwrap();

        let replaced = app.put(id, &product).await.expect(200).json();
        let patched = app.patch(id, &product).await.expect(200).json();

        for field in ["id", "name", "price", "amount", "created_at"] {
            assert_eq!(replaced[field], product[field]);
            assert_eq!(patched[field], product[field]);
        }
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_its_own_order() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let names: Vec<String> = (0..1000)
            .map(|at| format!("Product {:03}", 999 - at))
            .collect();
        let batch: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "price": 1, "amount": 1}))
            .collect();

        let created = app.post(json!(batch)).await.expect(201).json();

        let answered: Vec<&str> = created
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap())
            .collect();
        assert_eq!(answered, names);
        assert_eq!(app.count().await, 1000);
        assert_eq!(
            app.metric("items_created_total{resource=\"products\"}")
                .await,
            1000.0
        );
    }
}

#[tokio::test]
async fn one_bad_item_keeps_a_whole_batch_out() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let mut batch: Vec<Value> = (0..1000)
            .map(|_| json!({"name": "a", "price": 1, "amount": 1}))
            .collect();
        batch[776]["price"] = json!(-1);

        app.post(json!(batch))
            .await
            .expect_problem(422, &["/776/price", "at least 0"]);

        let taken = app.create("first", "1", 1).await["id"].as_i64().unwrap();
        batch[776] = json!({"id": taken, "name": "a", "price": 1, "amount": 1});
        app.post(json!(batch))
            .await
            .expect_problem(409, &["/776/id"]);
        assert_eq!(app.count().await, 1);
        assert_eq!(
            app.metric("items_created_total{resource=\"products\"}")
                .await,
            1.0
        );
    }
}

#[tokio::test]
async fn prices_come_back_textually_equal() {
    for engine in BOTH {
        let app = App::start(engine).await;
        for (sent, shown) in [
            ("0.1", "0.1"),
            ("0.2", "0.2"),
            ("1099.99", "1099.99"),
            ("9999999999.99", "9999999999.99"),
            ("0", "0"),
            ("1e2", "100"),
            ("100.00", "100"),
            ("-0.0", "0"),
        ] {
            let body = format!("{{\"name\":\"a\",\"price\":{sent},\"amount\":1}}");
            let created = app.post(body).await.expect(201);
            assert_eq!(created.text_of("price"), shown, "{sent}");
            let read = app.get(created.header("location")).await.expect(200);
            assert_eq!(read.text_of("price"), shown, "{sent}");
        }
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let app = App::start(BOTH[0]).await;
    let id = app.create("Laptop", "1", 1).await["id"].clone();
    for path in [
        "/",
        "/products",
        &format!("/products/{id}"),
        "/docs",
        "/openapi.json",
        "/health",
        "/metrics",
    ] {
        let got = app.get(path).await;

        let head = app.send(Request::new(Method::HEAD, path)).await;

        assert_eq!(head.status, got.status, "{path}");
        assert_eq!(head.body, "", "{path}");
        assert_eq!(
            head.headers.get("content-type"),
            got.headers.get("content-type"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn items_are_counted_when_they_are_committed() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let id = app.create("a", "1", 1).await["id"].as_i64().unwrap();
        app.create("b", "1", 1).await;

        let etag = app
            .get(&format!("/products/{id}"))
            .await
            .header("etag")
            .to_owned();
        let cached =
            Request::new(Method::GET, &format!("/products/{id}")).header("if-none-match", etag);
        app.send(cached).await.expect(304);
        app.get("/products").await.expect(200);
        app.patch(id, r#"{"amount":2}"#).await.expect(200);
        app.patch(id, r#"{"amount":-2}"#).await.expect(422);
        app.delete(id).await.expect(204);
        app.delete(id).await.expect(404);

        for (verb, count) in [
            ("created", 2.0),
            ("read", 3.0),
            ("updated", 1.0),
            ("deleted", 1.0),
        ] {
            let series = format!("items_{verb}_total{{resource=\"products\"}}");
            assert_eq!(app.metric(&series).await, count, "{verb}");
        }
    }
}
