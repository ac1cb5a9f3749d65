//! Lists: order, filters, pages.

use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::app::{Answer, App};
use crate::place::{BOTH, Engine};

fn ids(answer: &Answer) -> Vec<i64> {
    let page = answer.json();
    page.as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect()
}

async fn listed(app: &App, query: &str) -> Vec<i64> {
    ids(&app.get(&format!("/products?{query}")).await.expect(200))
}

/// Follows `Link` from the first page to the last.
async fn walk(app: &App, query: &str, relation: &str) -> Vec<Vec<i64>> {
    let mut pages = Vec::new();
    let mut next = Some(format!("/products?{query}"));
    while let Some(path) = next {
        let page = app.get(&path).await.expect(200);
        pages.push(ids(&page));
        next = page.link(relation);
    }
    pages
}

async fn filled(engine: Engine, products: &[(&str, &str, i64)]) -> App {
    let app = App::start(engine).await;
    let batch: Vec<String> = products
        .iter()
        .map(|(name, price, amount)| {
            format!(
                "{{\"name\":{},\"price\":{price},\"amount\":{amount}}}",
                json!(name)
            )
        })
        .collect();
    app.post(format!("[{}]", batch.join(","))).await.expect(201);
    app
}

const STOCK: [(&str, &str, i64); 7] = [
    ("apple", "2", 5),
    ("Banana", "1.5", 0),
    ("Apple", "2", 3),
    ("äpfel", "10", 0),
    ("APPLE PIE", "9.99", 7),
    ("apple", "0", 1),
    ("50% off_", "3", 2),
];

#[tokio::test]
async fn every_order_is_the_same_on_both_databases() {
    for engine in BOTH {
        let app = filled(engine, &STOCK).await;
        for (sort, expected) in [
            ("id", [1, 2, 3, 4, 5, 6, 7]),
            ("-id", [7, 6, 5, 4, 3, 2, 1]),
            ("name", [7, 3, 1, 6, 5, 2, 4]),
            ("-name", [4, 2, 5, 6, 1, 3, 7]),
            ("price", [6, 2, 1, 3, 7, 5, 4]),
            ("-price", [4, 5, 7, 3, 1, 2, 6]),
            ("amount", [2, 4, 6, 7, 3, 1, 5]),
            ("created_at", [1, 2, 3, 4, 5, 6, 7]),
            ("-created_at", [7, 6, 5, 4, 3, 2, 1]),
        ] {
            assert_eq!(
                listed(&app, &format!("sort={sort}")).await,
                expected,
                "{engine:?} {sort}"
            );
        }
    }
}

#[tokio::test]
async fn filters_match_alike_on_both_databases() {
    for engine in BOTH {
        let app = filled(engine, &STOCK).await;
        for (query, expected) in [
            ("name=APPLE", vec![1, 3, 5, 6]),
            ("name=%C3%84PF", vec![4]),
            ("name=50%25", vec![7]),
            ("name=APPLE%20PIE", vec![5]),
            ("name=a_ple", vec![]),
            ("name=", vec![1, 2, 3, 4, 5, 6, 7]),
            ("min_price=2&max_price=9.99", vec![1, 3, 5, 7]),
            ("min_price=2.00&max_price=2e0", vec![1, 3]),
            ("in_stock=false", vec![2, 4]),
            ("in_stock=true&name=a", vec![1, 3, 5, 6]),
            ("unknown=1&limit=2", vec![1, 2]),
            ("skip=5", vec![6, 7]),
            ("skip=9223372036854775807", vec![]),
        ] {
            assert_eq!(listed(&app, query).await, expected, "{engine:?} {query}");
        }
    }
}

#[tokio::test]
async fn a_count_is_exact_and_carried_along() {
    for engine in BOTH {
        let app = filled(engine, &STOCK).await;
        let first = app
            .get("/products?in_stock=true&count=true&limit=2")
            .await
            .expect(200);
        app.create("late", "1", 1).await;
        let second = app.get(&first.link("next").unwrap()).await.expect(200);
        let uncounted = app.get("/products").await.expect(200);

        assert_eq!(first.header("x-total-count"), "5");
        assert_eq!(second.header("x-total-count"), "5");
        assert!(!uncounted.headers.contains_key("x-total-count"));
    }
}

#[tokio::test]
async fn links_lead_there_and_back() {
    for engine in BOTH {
        let app = filled(engine, &STOCK).await;

        let forth = walk(&app, "sort=price&limit=3", "next").await;
        assert_eq!(forth, [vec![6, 2, 1], vec![3, 7, 5], vec![4]]);

        let second = app
            .get("/products?sort=price&limit=3&skip=3")
            .await
            .expect(200);
        let back = app.get(&second.link("prev").unwrap()).await.expect(200);
        assert_eq!(ids(&back), [6, 2, 1]);
        assert_eq!(back.link("prev"), None);
        let forth_again = app.get(&back.link("next").unwrap()).await.expect(200);
        assert_eq!(ids(&forth_again), [3, 7, 5]);
        assert_eq!(
            second.link("first").unwrap(),
            "/products?sort=price&limit=3"
        );
    }
}

#[tokio::test]
async fn a_bad_query_is_named_with_its_rule() {
    let app = filled(Engine::Sqlite, &STOCK).await;
    let by_price = app
        .get("/products?sort=price&limit=1")
        .await
        .link("next")
        .unwrap();
    let cursor = by_price.split("after=").nth(1).unwrap();
    for (query, says) in [
        ("limit=0".to_owned(), ["limit", "1 to 1000"]),
        ("limit=1001".into(), ["limit", "1 to 1000"]),
        ("limit=-1".into(), ["limit", "1 to 1000"]),
        ("limit=ten".into(), ["limit", "1 to 1000"]),
        ("limit=".into(), ["limit", "1 to 1000"]),
        ("limit=1&limit=2".into(), ["limit", "more than once"]),
        ("skip=-1".into(), ["skip", "integer from 0"]),
        ("sort=colour".into(), ["sort", "created_at"]),
        ("count=yes".into(), ["count", "true or false"]),
        ("in_stock=1".into(), ["in_stock", "true or false"]),
        ("min_price=1.005".into(), ["min_price", "2 fraction digits"]),
        ("max_price=-1".into(), ["max_price", "at least 0"]),
        ("name=a%00b".into(), ["name", "control characters"]),
        ("name=%ff".into(), ["name", "UTF-8"]),
        (format!("name={}", "x".repeat(256)), ["name", "at most 255"]),
        ("after=nonsense".into(), ["after", "cursor"]),
        (format!("after={cursor}"), ["after", "same sort"]),
        (
            format!("sort=-price&after={cursor}"),
            ["after", "same sort"],
        ),
        (
            format!("sort=price&in_stock=true&after={cursor}"),
            ["after", "filters"],
        ),
        (
            format!("sort=price&skip=1&after={cursor}"),
            ["after and skip", "together"],
        ),
    ] {
        app.get(&format!("/products?{query}"))
            .await
            .expect_problem(400, &says);
    }
}

/// What the model says of an order.
fn sorted(products: &[Value], sort: &str) -> Vec<i64> {
    let (descending, key) = match sort.strip_prefix('-') {
        Some(key) => (true, key),
        None => (false, sort),
    };
    let mut products: Vec<&Value> = products.iter().collect();
    let text = |product: &Value, field: &str| product[field].as_str().unwrap().to_owned();
    let rank = |product: &&Value| {
        let id = product["id"].as_i64().unwrap();
        match key {
            "name" => (
                unicase::UniCase::new(text(product, "name")).to_folded_case(),
                text(product, "name"),
                0,
                id,
            ),
            "price" => {
                let cents = (product["price"].as_f64().unwrap() * 100.0).round() as i64;
                (String::new(), String::new(), cents, id)
            }
            "amount" => (
                String::new(),
                String::new(),
                product["amount"].as_i64().unwrap(),
                id,
            ),
            "created_at" => (text(product, "created_at"), String::new(), 0, id),
            _ => (String::new(), String::new(), 0, id),
        }
    };
    products.sort_by_key(rank);
    if descending {
        products.reverse();
    }
    products
        .iter()
        .map(|product| product["id"].as_i64().unwrap())
        .collect()
}

#[test]
fn pages_join_to_the_whole_list_in_every_order() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let product = ("[aAbBäÄßİ_% ]{0,3}[a-cA-C]", 0_i64..500, 0_i64..4);
    let cases = (prop::collection::vec(product, 1..25), 1_usize..9);
    for engine in BOTH {
        let mut runner = TestRunner::new(ProptestConfig::with_cases(12));
        let checked = runner.run(&cases, |(products, limit)| {
            runtime.block_on(async {
                let app = App::start(engine).await;
                let batch: Vec<Value> = products
                    .iter()
                    .map(|(name, cents, amount)| json!({"name": name, "price": *cents as f64 / 100.0, "amount": amount}))
                    .collect();
                let created = app.post(json!(batch)).await.expect(201).json();
                let created = created.as_array().unwrap();
                for key in ["id", "name", "price", "amount", "created_at"] {
                    for sort in [key.to_owned(), format!("-{key}")] {
                        let forth = walk(&app, &format!("sort={sort}&limit={limit}"), "next").await;
                        prop_assert_eq!(forth.concat(), sorted(created, &sort), "{:?} {}", engine, sort);
                        let last = created.len() - 1;
                        let last = format!("sort={sort}&limit={limit}&skip={last}");
                        let mut back = walk(&app, &last, "prev").await;
                        back.reverse();
                        prop_assert_eq!(back.concat(), sorted(created, &sort), "{:?} {} back", engine, sort);
                    }
                }
                app.stop().await;
                Ok(())
            })
        });
        checked.unwrap_or_else(|failure| panic!("{engine:?}: {failure}"));
    }
}

#[tokio::test]
async fn products_that_come_and_go_move_no_other() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let batch: Vec<Value> = (0..300)
            .map(|at| json!({"name": format!("p{at}"), "price": at % 7, "amount": at % 5}))
            .collect();
        app.post(json!(batch)).await.expect(201);
        for sort in ["id", "-name", "price", "-amount", "created_at"] {
            let kept: Vec<i64> = listed(&app, "limit=1000")
                .await
                .into_iter()
                .filter(|id| id % 3 != 0)
                .collect();
            let mut seen = Vec::new();
            let mut next = Some(format!("/products?sort={sort}&limit=20"));
            while let Some(path) = next {
                let page = app.get(&path).await.expect(200);
                seen.extend(ids(&page));
                next = page.link("next");
                // The last of the page goes, and another one comes at a random place.
                if let Some(gone) = ids(&page).into_iter().rev().find(|id| id % 3 == 0) {
                    app.delete(gone).await.expect(204);
                }
                app.create(&format!("new {}", seen.len()), "3", 2).await;
            }
            for id in kept {
                let times = seen.iter().filter(|&&seen| seen == id).count();
                assert_eq!(times, 1, "{engine:?} {sort}: product {id}");
            }
        }
    }
}
