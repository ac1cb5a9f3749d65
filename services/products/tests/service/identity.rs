//! Ids that clients choose and ids that the database generates.

use serde_json::{Value, json};

use crate::app::App;
use crate::place::BOTH;

fn with_id(id: i64) -> Value {
    json!({"id": id, "name": "chosen", "price": 1, "amount": 1})
}

fn without_id() -> Value {
    json!({"name": "generated", "price": 1, "amount": 1})
}

#[tokio::test]
async fn generated_ids_pass_over_chosen_ones() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let chosen: Vec<Value> = (1..=50).chain([53, 60]).map(with_id).collect();
        app.post(json!(chosen)).await.expect(201);

        let mut generated = Vec::new();
        for _ in 0..5 {
            generated.push(
                app.post(without_id()).await.expect(201).json()["id"]
                    .as_i64()
                    .unwrap(),
            );
        }
        let batch = app
            .post(json!(vec![without_id(); 10]))
            .await
            .expect(201)
            .json();
        generated.extend(
            batch
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_i64().unwrap()),
        );

        let expected = [51, 52, 54, 55, 56, 57, 58, 59, 67, 61, 62, 63, 64, 65, 66];
        assert_eq!(generated, expected, "{engine:?}");
        assert_eq!(app.count().await, 67);
    }
}

#[tokio::test]
async fn generated_ids_use_the_gaps_between_chosen_ones() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let odd: Vec<Value> = (1..2000).step_by(2).map(with_id).collect();
        app.post(json!(odd)).await.expect(201);

        for expected in [2, 4, 6] {
            let created = app.post(without_id()).await.expect(201).json();
            assert_eq!(created["id"], expected, "{engine:?}");
        }
    }
}

#[tokio::test]
async fn a_batch_may_mix_chosen_and_generated_ids() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let batch = json!([
            without_id(),
            with_id(2),
            without_id(),
            with_id(1),
            without_id()
        ]);

        let created = app.post(batch).await.expect(201).json();

        let names: Vec<_> = created
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["name"])
            .collect();
        assert_eq!(
            names,
            ["generated", "chosen", "generated", "chosen", "generated"]
        );
        assert_eq!(
            (&created[1]["id"], &created[3]["id"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(app.count().await, 5);
    }
}

#[tokio::test]
async fn ids_that_are_drawn_anew_pass_over_those_chosen_in_the_same_batch() {
    for engine in BOTH {
        let app = App::start(engine).await;
        app.post(json!([with_id(1), with_id(2)])).await.expect(201);

        let batch = json!([without_id(), without_id(), with_id(4)]);
        let created = app.post(batch).await.expect(201).json();

        let ids: Vec<_> = created
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["id"])
            .collect();
        assert_eq!(ids, [3, 5, 4], "{engine:?}");
        assert_eq!(app.count().await, 5);
    }
}

#[tokio::test]
async fn the_largest_id_can_be_chosen_and_generation_goes_on() {
    for engine in BOTH {
        let app = App::start(engine).await;

        app.post(with_id(9_007_199_254_740_991)).await.expect(201);
        let generated = app.post(without_id()).await.expect(201).json();

        assert!(generated["id"].as_i64().unwrap() < 9_007_199_254_740_991);
        app.get("/products/9007199254740991").await.expect(200);
    }
}

#[tokio::test]
async fn a_taken_id_is_a_conflict() {
    for engine in BOTH {
        let app = App::start(engine).await;
        app.post(with_id(7)).await.expect(201);

        app.post(with_id(7))
            .await
            .expect_problem(409, &["/id", "taken"]);
        app.post(json!([without_id(), with_id(7)]))
            .await
            .expect_problem(409, &["/1/id"]);

        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test]
async fn a_path_that_names_no_possible_id_is_not_found() {
    let app = App::start(BOTH[0]).await;
    for id in [
        "0",
        "-1",
        "abc",
        "1.5",
        "9007199254740992",
        "99999999999999999999999",
        "%20",
        "1%00",
    ] {
        app.get(&format!("/products/{id}"))
            .await
            .expect_problem(404, &[]);
    }
}

#[tokio::test]
async fn concurrent_creations_never_share_an_id() {
    for engine in BOTH {
        let app = App::start(engine).await;
        let requests = (0..60).map(|at| {
            let body = if at % 3 == 0 {
                with_id(at / 3 + 1)
            } else {
                without_id()
            };
            let app = &app;
            async move { app.post(body).await }
        });

        let answers = futures_util::future::join_all(requests).await;

        let created = answers.iter().filter(|answer| answer.status == 201);
        let mut ids: Vec<_> = created
            .map(|answer| answer.json()["id"].as_i64().unwrap())
            .collect();
        let conflicts = answers.iter().filter(|answer| answer.status == 409).count();
        assert_eq!(ids.len() + conflicts, 60, "{engine:?}");
        assert!(
            ids.len() >= 40,
            "only chosen ids can be taken: {engine:?} {ids:?}"
        );
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len() as u64, app.count().await);
    }
}

#[tokio::test]
async fn batches_that_want_the_same_ids_in_other_orders_do_not_deadlock() {
    for engine in BOTH {
        let app = App::start(engine).await;
        for round in 0..5 {
            let ids = round * 1000 + 1..round * 1000 + 500;
            let up: Vec<Value> = ids.clone().map(with_id).collect();
            let down: Vec<Value> = ids.rev().map(with_id).collect();

            let (one, other) = tokio::join!(app.post(json!(up)), app.post(json!(down)));

            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409], "{engine:?}");
        }
    }
}
