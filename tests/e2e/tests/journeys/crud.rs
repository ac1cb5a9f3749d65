//! One product's life, as a person with `curl` lives it.

use e2e::{Service, Store};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_product_is_created_listed_read_changed_and_deleted() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();

        let laptop = json!({"name": "  Laptop ", "price": 999.99, "amount": 10});
        let created = api.create(&laptop).await.expect(201);
        assert_eq!(
            created.header("location"),
            Some("/products/1"),
            "on {store}"
        );
        assert_eq!(
            created.json()["name"],
            "Laptop",
            "names are trimmed, on {store}"
        );
        assert!(created.json()["created_at"].is_string(), "{}", created.body);

        let listed = api.get("/products").await.expect(200);
        assert_eq!(listed.json(), json!([created.json()]), "on {store}");

        let read = api.get("/products/1").await.expect(200);
        assert_eq!(read.body, created.body, "on {store}");
        assert_eq!(read.etag(), created.etag(), "on {store}");
        assert_eq!(
            read.header("cache-control"),
            Some("private, no-cache"),
            "on {store}"
        );
        let cache = read.header("x-cache").unwrap_or_default();
        assert!(
            ["hit", "miss", "bypass"].contains(&cache),
            "X-Cache {cache:?} on {store}"
        );

        let changed = api
            .patch("/products/1", &json!({"amount": 9}))
            .await
            .expect(200);
        assert_eq!(changed.json()["amount"], 9, "on {store}");
        assert_eq!(changed.json()["name"], "Laptop", "on {store}");
        assert_ne!(changed.etag(), created.etag(), "on {store}");

        // What GET gave can be PUT back.
        let mut product = changed.json();
        product["name"] = json!("Ultrabook");
        let replaced = api.put("/products/1", &product).await.expect(200);
        assert_eq!(replaced.json()["name"], "Ultrabook", "on {store}");

        api.delete("/products/1").await.expect(204);
        api.get("/products/1").await.problem(404);
        assert_eq!(api.get("/products").await.json(), json!([]), "on {store}");
    }
}

#[tokio::test]
async fn versions_guard_against_lost_updates() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let product = json!({"name": "Lamp", "price": 5, "amount": 1});
        let first = api.create(&product).await.expect(201).etag().to_owned();
        let conditional = |method: Method, header: &str, etag: &str, body: Option<Value>| {
            let request =
                api.with_json(method, "/products/1", body.unwrap_or_default().to_string());
            api.send(request.header(header, etag))
        };

        let unchanged = conditional(Method::GET, "if-none-match", &first, None)
            .await
            .expect(304);
        assert!(unchanged.body.is_empty(), "on {store}");
        let second = conditional(Method::PUT, "if-match", &first, Some(product.clone())).await;
        let second = second.expect(200).etag().to_owned();

        let stale = [
            (Method::PUT, Some(product.clone())),
            (Method::PATCH, Some(json!({"amount": 2}))),
            (Method::DELETE, None),
        ];
        for (method, body) in stale {
            conditional(method, "if-match", &first, body)
                .await
                .problem(412);
        }
        conditional(Method::GET, "if-none-match", &first, None)
            .await
            .expect(200);
        conditional(
            Method::GET,
            "if-none-match",
            &format!("\"x\", {second}"),
            None,
        )
        .await
        .expect(304);
        conditional(Method::GET, "if-none-match", "*", None)
            .await
            .expect(304);
        conditional(Method::PATCH, "if-match", "*", Some(json!({"amount": 3})))
            .await
            .expect(200);
        let third = api.get("/products/1").await.expect(200).etag().to_owned();
        conditional(Method::DELETE, "if-match", &third, None)
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn a_product_created_again_under_its_id_is_another_product() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let five = json!({"id": 5, "name": "Five", "price": 5, "amount": 5});
        let first = api.create(&five).await.expect(201).etag().to_owned();

        api.delete("/products/5").await.expect(204);
        let second = api.create(&five).await.expect(201).etag().to_owned();

        assert_ne!(second, first, "on {store}");
        let with = |method: Method, header: &str| {
            let request = api.with_json(method, "/products/5", five.to_string());
            api.send(request.header(header, &first))
        };
        with(Method::PUT, "if-match").await.problem(412);
        with(Method::DELETE, "if-match").await.problem(412);
        with(Method::GET, "if-none-match").await.expect(200);
    }
}

#[tokio::test]
async fn generated_ids_keep_clear_of_chosen_ones() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let named = json!({"name": "Any", "price": 1, "amount": 1});
        let mut ids = Vec::new();
        for chosen in [2, 3, 1000] {
            let mut product = named.clone();
            product["id"] = json!(chosen);
            ids.push(api.create(&product).await.expect(201).id());
            api.create(&product).await.problem(409);
        }

        for _ in 0..5 {
            ids.push(api.create(&named).await.expect(201).id());
        }

        let mut apart = ids.clone();
        apart.sort_unstable();
        apart.dedup();
        assert_eq!(apart.len(), ids.len(), "{ids:?} on {store}");
    }
}

#[tokio::test]
async fn put_never_creates_and_ids_agree_with_the_path() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let product = json!({"name": "Any", "price": 1, "amount": 1});
        api.put("/products/1", &product).await.problem(404);
        api.create(&product).await.expect(201);

        for other in [json!({"id": 2, "name": "Any", "price": 1, "amount": 1})] {
            assert_eq!(
                api.put("/products/1", &other).await.pointers(),
                ["/id"],
                "on {store}"
            );
            assert_eq!(
                api.patch("/products/1", &other).await.pointers(),
                ["/id"],
                "on {store}"
            );
        }
        for path in [
            "/products/0",
            "/products/-1",
            "/products/one",
            "/products/1.5",
            "/products/99999999999999999999",
        ] {
            api.get(path).await.problem(404);
        }
    }
}
