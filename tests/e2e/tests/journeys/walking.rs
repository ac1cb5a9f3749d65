//! Walking a list by `Link` while other clients insert and delete.

use std::collections::HashSet;

use e2e::{Client, Service, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Products that nobody touches during the walks; `E2E_PRODUCTS` asks for more, as `make soak` does.
fn products() -> usize {
    match std::env::var("E2E_PRODUCTS") {
        Ok(products) => products.parse().expect("E2E_PRODUCTS is a number"),
        Err(_) => 3000,
    }
}

const SORTS: [&str; 10] = [
    "id",
    "-id",
    "name",
    "-name",
    "price",
    "-price",
    "amount",
    "-amount",
    "created_at",
    "-created_at",
];

/// Names that differ in case, in script and not at all.
const NAMES: [&str; 7] = ["apple", "Apple", "Zebra", "zebra", "Ärger", "ärger", "日本"];

fn product(number: usize, kind: &str) -> Value {
    json!({
        "name": format!("{} {}{kind}", NAMES[number % NAMES.len()], number % 50),
        "price": number * 7919 % 400,
        "amount": number * 104_729 % 300,
    })
}

async fn fill(api: &Client, count: usize) -> HashSet<u64> {
    let mut ids = HashSet::new();
    let products: Vec<Value> = (0..count).map(|number| product(number, "")).collect();
    for batch in products.chunks(1000) {
        let created = api.create(&json!(batch)).await.expect(201).json();
        ids.extend(
            created
                .as_array()
                .expect("an array")
                .iter()
                .filter_map(|p| p["id"].as_u64()),
        );
    }
    ids
}

/// Inserts and deletes products all over the list until it is told to stop.
async fn disturb(api: Client, stop: CancellationToken) -> usize {
    for number in 0.. {
        if stop.is_cancelled() {
            return number;
        }
        let products: Vec<_> = (0..5)
            .map(|n| product(number * 31 + n * 7, " passing"))
            .collect();
        let created = api.create(&json!(products)).await.expect(201).json();
        for product in created.as_array().expect("an array").iter().skip(1) {
            api.delete(&format!("/products/{}", product["id"]))
                .await
                .expect(204);
        }
    }
    unreachable!("numbers do not end")
}

/// What a list is sorted by, in a form that compares as the contract says.
fn key(product: &Value, sort: &str) -> (String, u64) {
    let hundredths = |price: &Value| (price.as_f64().expect("a number") * 100.0).round() as u64;
    match sort.trim_start_matches('-') {
        "name" => (product["name"].as_str().expect("a name").to_lowercase(), 0),
        "created_at" => (
            product["created_at"].as_str().expect("a time").to_owned(),
            0,
        ),
        "price" => (String::new(), hundredths(&product["price"])),
        field => (String::new(), product[field].as_u64().expect("an integer")),
    }
}

fn assert_in_order(products: &[Value], sort: &str, store: &Store) {
    for pair in products.windows(2) {
        let (first, second) = (key(&pair[0], sort), key(&pair[1], sort));
        let ordered = if sort.starts_with('-') {
            first >= second
        } else {
            first <= second
        };
        assert!(ordered, "{first:?} before {second:?} by {sort} on {store}");
    }
}

#[tokio::test]
async fn a_walk_amid_inserts_and_deletes_yields_every_untouched_product_once() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let untouched = fill(&api, products()).await;
        let stop = CancellationToken::new();
        let disturber = tokio::spawn(disturb(api.clone(), stop.clone()));

        for sort in SORTS {
            let found = api.walk(&format!("/products?limit=250&sort={sort}")).await;

            assert_in_order(&found, sort, &store);
            let ids: Vec<u64> = found
                .iter()
                .filter_map(|product| product["id"].as_u64())
                .collect();
            let once: HashSet<u64> = ids.iter().copied().collect();
            assert_eq!(
                once.len(),
                ids.len(),
                "products came twice by {sort} on {store}"
            );
            let missed: Vec<_> = untouched.difference(&once).collect();
            assert!(
                missed.is_empty(),
                "by {sort} on {store} these were missed: {missed:?}"
            );
        }

        stop.cancel();
        let disturbances = disturber.await.unwrap();
        assert!(disturbances > 0, "nothing came in between on {store}");
    }
}

#[tokio::test]
async fn both_databases_sort_and_match_alike() {
    let mut answers = Vec::new();
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        fill(&api, 350).await;
        let mut lists = Vec::new();
        let queries = [
            "sort=name",
            "sort=-name",
            "sort=-price",
            "name=aPPle%204",
            "name=ÄR&sort=-amount",
            "min_price=10.5&max_price=99.99",
            "in_stock=true",
            "in_stock=false",
            "name=%25",
            "name=_",
        ];
        for query in queries {
            let found = api.walk(&format!("/products?limit=40&{query}")).await;
            let ids: Vec<_> = found.iter().map(|product| product["id"].clone()).collect();
            lists.push((query, ids));
        }
        answers.push(lists);
    }

    assert_eq!(answers[0], answers[1]);
    let sizes: Vec<_> = answers[0]
        .iter()
        .map(|(query, ids)| (*query, ids.len()))
        .collect();
    assert_eq!(sizes[0].1, 350, "{sizes:?}");
    assert_eq!(
        sizes[8..],
        [("name=%25", 0), ("name=_", 0)],
        "wildcards are letters"
    );
    assert!(
        sizes[3..8].iter().all(|(_, size)| (1..350).contains(size)),
        "{sizes:?}"
    );
}

#[tokio::test]
async fn the_way_back_shows_the_same_pages() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        fill(&api, 95).await;
        let first = "/products?limit=20&sort=-amount&count=true";
        let mut there = vec![api.get(first).await.expect(200)];
        while let Some(next) = there[there.len() - 1].link("next") {
            there.push(api.get(&next).await.expect(200));
        }

        let mut back = vec![there[there.len() - 1].clone()];
        while let Some(previous) = back[back.len() - 1].link("prev") {
            back.push(api.get(&previous).await.expect(200));
        }
        back.reverse();

        let bodies = |pages: &[e2e::Answer]| {
            pages
                .iter()
                .map(|page| page.body.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(there.len(), 5, "on {store}");
        assert_eq!(bodies(&back), bodies(&there), "on {store}");
        for page in &there {
            assert_eq!(
                page.header("x-total-count"),
                Some("95"),
                "{} on {store}",
                page.request
            );
            let start = api
                .get(&page.link("first").expect("a way to the start"))
                .await;
            assert_eq!(start.body, there[0].body, "{} on {store}", page.request);
        }
    }
}

#[tokio::test]
async fn a_count_is_given_only_to_those_who_ask_and_knows_the_filters() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        fill(&api, 70).await;

        let silent = api.get("/products?limit=5").await.expect(200);
        assert_eq!(silent.header("x-total-count"), None, "on {store}");
        let filtered = api
            .get("/products?limit=5&count=true&name=zebra")
            .await
            .expect(200);
        assert_eq!(filtered.header("x-total-count"), Some("20"), "on {store}");
        let skipped = api
            .get("/products?limit=50&skip=65")
            .await
            .expect(200)
            .json();
        assert_eq!(skipped.as_array().map(Vec::len), Some(5), "on {store}");
    }
}
