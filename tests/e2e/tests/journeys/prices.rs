//! Money is exact: what was written is what is read, to the letter.

use e2e::{Service, Store};

#[tokio::test]
async fn prices_come_back_to_the_letter() {
    let rows = [
        ("0.1", "0.1"),
        ("0.2", "0.2"),
        ("1099.99", "1099.99"),
        ("9999999999.99", "9999999999.99"),
        ("0", "0"),
        ("1e2", "100"),
        ("100.00", "100"),
        ("1.10", "1.1"),
        ("0.00", "0"),
        ("12.5e1", "125"),
    ];
    for store in Store::both() {
        let service = Service::start(&store).await;
        let api = service.client();
        for (sent, printed) in rows {
            let body = format!(r#"{{"name":"Priced","price":{sent},"amount":1}}"#);

            let created = api.send(api.creation(body)).await.expect(201);
            let read = api
                .get(&format!("/products/{}", created.id()))
                .await
                .expect(200);

            let wanted = format!(r#""price":{printed},"#);
            for answer in [created, read] {
                let body = answer.body.replace(": ", ":");
                assert!(
                    body.contains(&wanted),
                    "{sent} on {store}: no {wanted} in {body}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_price_that_is_none_is_refused_by_name() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    let rows = [
        ("1.005", "three fraction digits"),
        ("-0.01", "negative"),
        ("1e30", "too large"),
        ("12345678901.25", "of thirteen digits"),
        ("1234567890123", "of thirteen digits, too"),
        ("1e-3", "below a cent"),
        (r#""12""#, "text"),
        ("null", "null"),
        ("true", "a truth value"),
        ("[1]", "an array"),
    ];

    for (price, reason) in rows {
        let body = format!(r#"{{"name":"Priced","price":{price},"amount":1}}"#);
        let refused = api.send(api.creation(body)).await;
        assert_eq!(refused.pointers(), ["/price"], "{price} is {reason}");
    }
    assert_eq!(api.count().await, 0);
}
