//! Servers that do what no server should do.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use crate::program::benchmark;

/// Lets `answer` do to each connection what it likes, once there is a request.
fn serve(answer: fn(&mut TcpStream) -> std::io::Result<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|length| length > 0) {
                    if answer(&mut stream).is_err() {
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
    let address = serve(|stream| {
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

    let result = ended.results.expect(&ended.stderr).results.remove(0);
    assert_eq!(
        result.errors.keys().collect::<Vec<_>>(),
        ["timeout"],
        "{result:?}"
    );
}
