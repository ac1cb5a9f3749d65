//! Clients that mean harm, or behave as if they did.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use e2e::{Launch, Service, Store, wire};
use serde_json::json;
use servers::poll_until;

/// What a smuggled request would do.
const SMUGGLED: &str = "DELETE /products/1 HTTP/1.1\r\nHost: products\r\n\r\n";

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn no_shape_of_request_smuggles_a_second_one() {
    let service = Service::start(&Store::Sqlite).await;
    let api = service.client();
    api.create(&json!({"name": "Prey", "price": 1, "amount": 1}))
        .await
        .expect(201);
    let chunked = format!("0\r\n\r\n{SMUGGLED}");
    let rows = [
        (
            format!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
            "both framings",
        ),
        (
            format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{chunked}"),
            "both, turned round",
        ),
        (
            format!("Transfer-Encoding: xchunked\r\n\r\n{chunked}"),
            "an unknown coding",
        ),
        (
            format!("Transfer-Encoding: chunked, identity\r\n\r\n{chunked}"),
            "chunked not last",
        ),
        (
            format!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
            "two codings",
        ),
        (
            format!("Transfer-Encoding : chunked\r\n\r\n{chunked}"),
            "a space before the colon",
        ),
        (
            format!("Transfer-Encoding:\x0bchunked\r\n\r\n{chunked}"),
            "odd whitespace",
        ),
        (
            format!("Content-Length: 0\r\nContent-Length: 5\r\n\r\n{SMUGGLED}"),
            "two lengths",
        ),
        (format!("Content-Length: +0\r\n\r\n{SMUGGLED}"), "a sign"),
        (
            format!("Content-Length: 0, 0\r\n\r\n{SMUGGLED}"),
            "a list of lengths",
        ),
        (format!("X: y\n\n{SMUGGLED}"), "bare line feeds"),
        (
            format!("X: y\r\r\n\r\n{SMUGGLED}"),
            "a bare carriage return",
        ),
        (
            format!("X: y\r\n Content-Length: 0\r\n\r\n{SMUGGLED}"),
            "a folded line",
        ),
        (
            format!("Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{SMUGGLED}"),
            "a chunk size that is none",
        ),
        (
            format!("Transfer-Encoding: chunked\r\n\r\n0\n\n{SMUGGLED}"),
            "bare line feeds in chunks",
        ),
        (
            format!("Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n{chunked}"),
            "a chunk longer than it says",
        ),
    ];

    for (rest, reason) in rows {
        let request = format!(
            "POST /products HTTP/1.1\r\nHost: products\r\nContent-Type: application/json\r\n{rest}"
        );

        let answer = wire::exchange(service.address(), request.as_bytes());

        let answers = answer.matches("HTTP/1.1 ").count();
        assert!(answers <= 1, "{reason}: {answers} answers: {answer}");
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{reason}: {answer}"
        );
        api.get("/products/1").await.expect(200);
    }
}

#[tokio::test]
async fn honest_pipelining_is_served_in_order() {
    let service = Service::start(&Store::Sqlite).await;
    let one = "GET /health/live HTTP/1.1\r\nHost: products\r\n\r\n";
    let body = r#"{"name":"Piped","price":1,"amount":1}"#;
    let two = format!(
        "POST /products HTTP/1.1\r\nHost: products\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let three = "GET /products/1 HTTP/1.1\r\nHost: products\r\nConnection: close\r\n\r\n";

    let answer = wire::exchange(service.address(), format!("{one}{two}{three}").as_bytes());

    let statuses: Vec<_> = answer
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| &answer[at + 9..at + 12])
        .collect();
    assert_eq!(statuses, ["200", "201", "200"], "{answer}");
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut() {
    let launch = Launch::new().set("server.header_read_timeout", "300ms");
    let service = launch.on(&Store::Sqlite).await;
    let mut stream = wire::connect(service.address());
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let head = format!("GET / HTTP/1.1\r\nX-Slow: {}", "x".repeat(400));

    let sent = head
        .bytes()
        .position(|byte| stream.write_all(&[byte]).is_err() || is_closed(&mut stream));

    assert!(
        sent.is_some(),
        "a head of {} bytes was waited for",
        head.len()
    );
    service.client().get("/health/live").await.expect(200);
}

/// Whether the service has closed; an answer on the way out counts as closing.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read_exact(&mut [0]) {
        Ok(()) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// Asks on an open connection; an answer that does not come is an error.
fn ask(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: products\r\n\r\n")?;
    read_answer(stream)
}

fn read_answer(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut answer = [0; 4096];
    match stream.read(&mut answer)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn a_connection_too_many_waits_while_the_others_go_on() {
    let launch = Launch::new().set("server.max_connections", "3");
    let service = launch.on(&Store::Sqlite).await;
    let mut open: Vec<_> = (0..3).map(|_| wire::connect(service.address())).collect();
    for stream in &mut open {
        ask(stream).unwrap();
    }

    let mut waiting = wire::connect(service.address());
    waiting
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    assert!(ask(&mut waiting).is_err(), "one too many was served");
    for stream in &mut open {
        ask(stream).unwrap();
    }

    open.pop();
    waiting.set_read_timeout(Some(DEADLINE)).unwrap();
    read_answer(&mut waiting).unwrap();
}

#[tokio::test]
async fn running_out_of_descriptors_neither_spins_nor_kills() {
    let service = Launch::new().descriptors(64).on(&Store::Sqlite).await;
    let mut held = wire::connect(service.address());
    ask(&mut held).unwrap();
    let crowd: Vec<_> = (0..100).map(|_| wire::connect(service.address())).collect();
    poll_until("the descriptors to run out", DEADLINE, || async {
        let open = open_files(service.id());
        if open >= 60 { Ok(()) } else { Err(open) }
    })
    .await;

    let before = cpu_ticks(service.id());
    // The span in which a spinning loop would burn a processor.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let burnt = cpu_ticks(service.id()) - before;

    assert!(burnt < 50, "{burnt} of 100 ticks were burnt");
    ask(&mut held).unwrap();
    drop(crowd);
    let api = service.client();
    poll_until("the service to recover", DEADLINE, || async {
        match api.try_get("/products").await {
            Ok(answer) if answer.status == 200 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}

fn open_files(id: u32) -> usize {
    std::fs::read_dir(format!("/proc/{id}/fd"))
        .expect("the service runs")
        .count()
}

/// Processor time that the process has used, user and system, in hundredths of a second.
fn cpu_ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("the service runs");
    // The name in parentheses may contain anything; what follows is numbered from 3.
    let (_, fields) = stat.rsplit_once(") ").expect("stat has a name");
    let fields: Vec<&str> = fields.split(' ').collect();
    [14, 15]
        .iter()
        .map(|number| fields[number - 3].parse::<u64>().expect("a number"))
        .sum()
}
