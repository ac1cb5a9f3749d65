//! Request bodies: how large they may be, and what becomes of those that are not read.

use server::Limits;

use crate::harness::{App, DEADLINE, Setup, Wire};

const MAX: usize = 16 << 20;

async fn app() -> App {
    let limits = Limits::new(MAX as u64, 100, DEADLINE);
    Setup {
        limits,
        ..Setup::default()
    }
    .start()
    .await
}

/// Sends all of a body before it looks for an answer, as simple clients do.
async fn send_sized(wire: &mut Wire, path: &str, size: usize) {
    wire.send(format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"
    ))
    .await;
    for piece in vec![b'x'; size].chunks(1 << 16) {
        assert!(
            wire.try_send(piece).await,
            "the server stopped taking the body"
        );
    }
}

async fn send_chunked(wire: &mut Wire, path: &str, size: usize) {
    wire.send(format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    ))
    .await;
    for piece in vec![b'x'; size].chunks(1 << 16) {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        assert!(
            wire.try_send(chunk).await,
            "the server stopped taking the body"
        );
    }
    wire.try_send("0\r\n\r\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_too_much_reads_the_413() {
    let app = app().await;

    for path in ["/echo", "/swallow", "/sink", "/nowhere"] {
        let mut sized = app.connect().await;
        send_sized(&mut sized, path, MAX + (1 << 20)).await;
        let reply = sized.reply().await;
        assert_eq!(reply.status, 413, "{path}, with a length");
        assert_eq!(reply.header("connection"), Some("close"));
        reply.problem();
        assert_eq!(
            sized.rest().await,
            "",
            "{path}: the connection ends after the answer"
        );
    }
    for path in ["/echo", "/swallow"] {
        let mut chunked = app.connect().await;
        send_chunked(&mut chunked, path, MAX + (1 << 20)).await;
        let reply = chunked.reply().await;
        assert_eq!(reply.status, 413, "{path}, in chunks");
        assert_eq!(reply.header("connection"), Some("close"));
        reply.problem();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_usual_client_reads_the_413_too() {
    let app = app().await;
    let url = format!("http://{}/echo", app.addr);
    let body = vec![b'x'; MAX + (1 << 20)];

    let pieces =
        futures_util::stream::iter(body.chunks(1 << 16).map(<[u8]>::to_vec).collect::<Vec<_>>());
    let chunked = reqwest::Body::wrap_stream(futures_util::StreamExt::map(
        pieces,
        Ok::<_, std::io::Error>,
    ));
    for body in [reqwest::Body::from(body.clone()), chunked] {
        let reply = reqwest::Client::new()
            .post(&url)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status(), 413);
    }
}

#[tokio::test]
async fn a_body_of_just_the_right_size_passes() {
    let limits = Limits::new(5, 100, DEADLINE);
    let app = Setup {
        limits,
        ..Setup::default()
    }
    .start()
    .await;
    let mut wire = app.connect().await;

    send_sized(&mut wire, "/swallow", 5).await;
    assert_eq!(wire.reply().await.body, "Ok(5)");
    send_chunked(&mut wire, "/swallow", 5).await;
    assert_eq!(wire.reply().await.body, "Ok(5)");
    send_chunked(&mut wire, "/swallow", 6).await;
    assert_eq!(wire.reply().await.status, 413);
}

#[tokio::test]
async fn a_request_without_length_is_served() {
    let app = app().await;
    let mut wire = app.connect().await;

    wire.request("POST", "/echo").await;

    assert_eq!(wire.reply().await.status, 200);
}

#[tokio::test]
async fn an_announced_body_that_is_too_large_is_refused_before_it_is_sent() {
    let app = app().await;
    let mut wire = app.connect().await;

    let length = MAX + 1;
    wire.send(format!(
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    ))
    .await;

    assert_eq!(wire.reply().await.status, 413);
    assert_eq!(wire.rest().await, "");
}

#[tokio::test]
async fn an_announced_body_of_good_size_is_asked_for() {
    let app = app().await;
    let mut wire = app.connect().await;

    wire.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    )
    .await;
    assert_eq!(wire.head().await.status, 100);
    wire.send("ab").await;

    assert_eq!(wire.reply().await.body, "ab");
}

#[tokio::test]
async fn a_client_that_leaves_within_its_body_is_not_answered_well() {
    let app = app().await;
    let mut wire = app.connect().await;

    wire.send(
        "POST /swallow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n",
    )
    .await;
    wire.send("0\r\n\r\n").await;
    wire.send("zzz\r\n").await;

    let reply = wire.reply().await;
    assert_eq!(reply.status, 400);
    reply.problem();
}
