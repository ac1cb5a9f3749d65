//! The scenario's defaults are made for the service, and it sees what is not right.

use e2e::{Benchmark, Client, Service, Store};
use serde_json::json;
use servers::poll_until;

use super::DEADLINE;

#[tokio::test]
async fn the_service_does_all_right_and_nothing_is_left_behind() {
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        let mug = json!({"name": "Mug", "price": 8.5, "amount": 3});
        let kept = api.create(&mug).await.expect(201).json();

        let measured = Benchmark::run(&service, "crud --duration 3")
            .await
            .expect(0);

        let rows = measured.results();
        assert_eq!(
            rows.len(),
            5,
            "create, list, get, update and delete on {store}"
        );
        for row in rows {
            assert_eq!(row["failed_requests"], 0, "on {store}: {row}");
            assert!(
                row["successful_requests"].as_u64() > Some(0),
                "on {store}: {row}"
            );
        }
        let cleanup = &measured.document["cleanup"];
        assert_eq!(cleanup["failed"], 0, "on {store}");
        assert!(cleanup["deleted"].as_u64() > Some(0), "on {store}");
        assert_eq!(measured.ended.stderr.matches('×').count(), 0, "on {store}");
        assert_eq!(api.count().await, 1, "on {store}");
        assert_eq!(
            api.get("/products").await.json(),
            json!([kept]),
            "on {store}"
        );
    }
}

#[tokio::test]
async fn what_somebody_else_alters_is_reported() {
    let service = Service::start(&Store::Sqlite).await;
    let line = "crud --users 2 --duration 3 --threshold error_rate<0.01%";
    let run = Benchmark::start(&service, line);

    let altered = alter_all(service.client());
    let measured = tokio::select! {
        measured = run.end() => measured,
        () = altered => unreachable!("it never ends"),
    };

    let measured = measured.expect(99);
    assert!(measured.sum("/errors/mismatch") > 0, "{measured:?}");
    assert_eq!(
        measured.sum("/errors/mismatch"),
        measured.sum("/failed_requests"),
        "nothing else failed: {measured:?}"
    );
    assert!(
        measured.ended.stderr.contains("`name` is \"Altered\", not"),
        "{}",
        measured.ended.stderr
    );
    poll_until("all to be gone", DEADLINE, || async {
        match service.client().count().await {
            0 => Ok(()),
            left => Err(left),
        }
    })
    .await;
}

/// Gives all products of the first page another name, again and again.
async fn alter_all(api: Client) {
    loop {
        let products = api.get("/products").await.expect(200).json();
        for product in products.as_array().expect("an array") {
            // Its owner may have deleted it meanwhile.
            let path = format!("/products/{}", product["id"]);
            api.patch(&path, &json!({"name": "Altered"})).await;
        }
    }
}
