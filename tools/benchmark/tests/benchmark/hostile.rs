//! Servers that do what no server should do.

use std::{
    collections::HashSet,
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use tokio::sync::mpsc;

use crate::program::{Program, benchmark};

/// Lets `answer` do to each connection what it likes, once there is a request.
fn serve(
    answer: impl Fn(&str, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                while let Ok(length @ 1..) = stream.read(&mut request) {
                    let request = String::from_utf8_lossy(&request[..length]);
                    if answer(&request, &mut stream).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_body_that_never_ends_is_a_timeout() {
    let address = serve(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
        let chunks = b"1\r\na\r\n".repeat(10_000);
        loop {
            stream.write_all(&chunks)?;
        }
    });

    let ended = benchmark(&format!(
        "load-test --endpoints / --users 40 --duration 0.2 --timeout 0.2 --base-url http://{address}"
    ))
    .await;

    let result = ended.first_result();
    assert_eq!(
        result.errors.keys().collect::<Vec<_>>(),
        ["timeout"],
        "{result:?}"
    );
}

#[tokio::test]
async fn a_server_that_never_completes_a_connection_is_not_waited_for_after_ctrl_c() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let program = Program::start(&format!(
        "load-test --endpoints / --timeout 3600 --base-url https://{address}"
    ));

    let _connection = listener.accept().await.unwrap();
    program.interrupt();
    let ended = program.ended().await;

    assert_eq!(ended.status, 130, "{}", ended.stderr);
}

#[tokio::test]
async fn a_level_that_was_aborted_is_not_where_errors_began() {
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let users = Mutex::new(HashSet::new());
    let address = serve(move |_, stream| {
        let mut users = users.lock().unwrap();
        users.insert(stream.peer_addr()?);
        if users.len() > 1 {
            let _ = asked.send(());
            return Ok(());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    });
    let program = Program::start(&format!(
        "load-test --endpoints / --users 1,2 --duration 0.2 --timeout 3600 --base-url http://{address}"
    ));

    is_asked.recv().await.unwrap();
    is_asked.recv().await.unwrap();
    let ended = program.interrupted().await;

    let results = ended.results.expect(&ended.stderr);
    let failed: Vec<u64> = results.levels.iter().map(|it| it.failed_requests).collect();
    assert_eq!(failed, [0, 2]);
    assert_eq!(results.saturation, None);
}

#[tokio::test]
async fn metrics_that_never_come_are_not_waited_for_after_ctrl_c() {
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let is_over = AtomicBool::new(false);
    let address = serve(move |request, stream| {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nup 1\n";
        if request.starts_with("GET /metrics") && is_over.swap(true, Ordering::Relaxed) {
            let _ = asked.send(());
            return Ok(());
        }
        stream.write_all(answer.as_bytes())
    });
    let url = format!("http://{address}");
    let program = Program::start(&format!(
        "load-test --endpoints / --duration 0.2 --timeout 3600 --base-url {url} --metrics-url {url}/metrics"
    ));

    is_asked.recv().await.unwrap();
    let ended = program.interrupted().await;

    assert_eq!(ended.status, 130, "{}", ended.stderr);
    let results = ended.results.expect(&ended.stderr);
    assert!(results.results[0].successful_requests > 0, "{results:?}");
    assert!(
        results.server.disagreements[0].contains("is not known"),
        "{results:?}"
    );
}

#[tokio::test]
async fn objects_that_cannot_be_deleted_before_ctrl_c_are_said_to_be_left() {
    let (asked, mut is_asked) = mpsc::unbounded_channel();
    let next = AtomicU64::new(1);
    let address = serve(move |request, stream| {
        if request.starts_with("DELETE ") {
            let _ = asked.send(());
            return Ok(());
        }
        let id = next.fetch_add(1, Ordering::Relaxed);
        write!(
            stream,
            "HTTP/1.1 201 Created\r\nlocation: /products/{id}\r\ncontent-length: 0\r\n\r\n"
        )
    });
    let program = Program::start(&format!(
        "crud --weights create=1 --users 2 --duration 0.2 --timeout 3600 --base-url http://{address}"
    ));

    is_asked.recv().await.unwrap();
    let ended = program.interrupted().await;

    assert_eq!(ended.status, 130, "{}", ended.stderr);
    let results = ended.results.expect(&ended.stderr);
    let created = results.levels[0].total_requests;
    let cleanup = results.cleanup.unwrap();
    assert_eq!((cleanup.deleted, cleanup.failed), (0, created));
}
