//! How the service ends.

use std::io::Write;
use std::time::Duration;

use e2e::{Client, Launch, Service, Store, wire};
use serde_json::json;
use servers::poll_until;
use tokio::task::JoinSet;

const DEADLINE: Duration = Duration::from_secs(30);

const BODY: &str = r#"{"name":"In flight","price":1,"amount":1}"#;

/// Begins a POST and leaves half of its body unsent.
fn begin_post(service: &Service) -> std::net::TcpStream {
    let mut stream = wire::connect(service.address());
    let head = format!(
        "POST /products HTTP/1.1\r\nHost: products\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        BODY.len()
    );
    let (half, _) = BODY.split_at(BODY.len() / 2);
    stream
        .write_all(format!("{head}{half}").as_bytes())
        .expect("the service reads");
    stream
}

async fn await_in_flight(api: &Client) {
    poll_until("a request in flight", DEADLINE, || async {
        let requests = api.metric("inprogress_requests").await;
        if requests >= 1.0 {
            Ok(())
        } else {
            Err(requests)
        }
    })
    .await;
}

async fn await_not_ready(api: &Client) {
    poll_until("readiness to go off", DEADLINE, || async {
        let answer = api.get("/health/ready").await;
        let state = (answer.status, answer.json()["reason"].clone());
        if state == (503, json!("draining")) {
            Ok(())
        } else {
            Err(state)
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_in_flight_is_finished() {
    let launch = Launch::new().set("server.drain_delay", "1s");
    let service = launch.on(&Store::Sqlite).await;
    let api = service.client();
    let mut stream = begin_post(&service);
    await_in_flight(&api).await;

    service.terminate();
    await_not_ready(&api).await;
    api.get("/health/live").await.expect(200);
    let later = api.send(api.creation(BODY)).await.expect(201);
    stream
        .write_all(BODY.split_at(BODY.len() / 2).1.as_bytes())
        .unwrap();
    let answer = wire::rest(&mut stream);
    let ended = service.end().await;

    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(
        later.json()["name"],
        "In flight",
        "new requests are served until the delay is over"
    );
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
}

#[tokio::test]
async fn a_stop_under_load_keeps_what_was_acknowledged() {
    for store in Store::both() {
        let mut service = Service::start(&store).await;
        let mut writers = JoinSet::new();
        for _ in 0..8 {
            writers.spawn(write_until_refused(service.client()));
        }
        let api = service.client();
        poll_until("writes", DEADLINE, || async {
            let created = api.created().await;
            if created > 50.0 { Ok(()) } else { Err(created) }
        })
        .await;

        service.terminate();
        let acknowledged: u64 = writers.join_all().await.into_iter().sum();
        let code = service.await_end().await;
        service.restart().await;

        assert_eq!(code, 0, "on {store}");
        let present = service.client().count().await;
        assert!(
            present >= acknowledged,
            "{present} of {acknowledged} on {store}"
        );
    }
}

/// Creates products until the service takes no more, and gives their number.
async fn write_until_refused(api: Client) -> u64 {
    let mut acknowledged = 0;
    while let Ok(answer) = api.try_send(api.creation(BODY)).await {
        answer.expect(201);
        acknowledged += 1;
    }
    acknowledged
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let service = Service::start(&Store::Sqlite).await;
        let api = service.client();
        let stream = begin_post(&service);
        await_in_flight(&api).await;

        service.signal("TERM");
        poll_until("the first signal to be seen", DEADLINE, || async {
            match std::net::TcpStream::connect(service.address()) {
                Ok(_) => Err("still accepting"),
                Err(_) => Ok(()),
            }
        })
        .await;
        service.signal(signal);
        let ended = service.end().await;

        assert_eq!(ended.code, code, "{}", ended.stdout);
        drop(stream);
    }
}
