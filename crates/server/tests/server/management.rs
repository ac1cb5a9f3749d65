//! The management port.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use futures_util::stream;
use poem::{Body, Response, Route, endpoint::make_sync, get};
use server::{
    App, Connections, Grace, Lifecycle, Limits, Management, Origins, RouteTable, guard,
    is_management, split,
};
use tokio::time::interval;

use crate::harness::{DEADLINE, Wire};

fn lifecycle() -> Lifecycle {
    Lifecycle::manual(Grace {
        drain_delay: Duration::ZERO,
        shutdown_timeout: DEADLINE,
    })
}

fn spawn(lifecycle: &Lifecycle) -> (Management, SocketAddr) {
    let routes = Route::new()
        .at("/livez", get(make_sync(|_| "alive")))
        .at("/performance/stream", get(make_sync(|_| endless())));
    let limits = Limits::management(1024, lifecycle.draining());
    let app = guard(routes, limits, RouteTable::default(), &Origins::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let connections = Connections {
        max_connections: 10,
        header_read_timeout: DEADLINE,
    };
    (
        Management::spawn(listener, app, connections, lifecycle.clone()).unwrap(),
        addr,
    )
}

fn endless() -> Body {
    let ticks = stream::unfold(interval(Duration::from_millis(5)), |mut clock| async move {
        clock.tick().await;
        Some((Ok::<_, std::io::Error>("tick\n"), clock))
    });
    Body::from_bytes_stream(ticks)
}

#[tokio::test]
async fn it_answers_while_the_service_is_stuck() {
    let lifecycle = lifecycle();
    let (management, addr) = spawn(&lifecycle);

    // This blocks the runtime of the test, as a stuck service blocks its own.
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive"),
        "{answer}"
    );
    assert!(management.join(DEADLINE).await);
}

#[tokio::test]
async fn it_outlives_the_api_and_its_streams_end_when_draining_begins() {
    let lifecycle = lifecycle();
    let (management, addr) = spawn(&lifecycle);
    let mut stream = Wire::connect(addr).await;
    stream.request("GET", "/performance/stream").await;
    assert_eq!(stream.head().await.status, 200);

    lifecycle.drain();
    stream.until("0\r\n\r\n").await;
    let mut later = Wire::connect(addr).await;
    later.request("GET", "/livez").await;
    let reply = later.reply().await;
    lifecycle.drained().cancel();

    assert_eq!(
        (reply.status, reply.header("connection")),
        (200, Some("close"))
    );
    assert!(management.join(DEADLINE).await);
    assert!(TcpStream::connect(addr).is_err());
}

#[tokio::test]
async fn paths_go_to_the_port_that_they_belong_to() {
    let answers = |one_port| {
        let api = App::new(make_sync(|_| Response::from("api")));
        let management = App::new(make_sync(|_| Response::from("management")));
        split(api, management, one_port)
    };

    for (path, alone, beside) in [
        ("/things", "api", "api"),
        ("/health", "management", "management"),
        ("/health/live", "management", "management"),
        ("/health/ready", "management", "api"),
        ("/metrics", "management", "api"),
        ("/performance/report", "management", "api"),
    ] {
        for (one_port, expected) in [(true, alone), (false, beside)] {
            let request = poem::Request::builder().uri_str(path).finish();
            let response = poem::Endpoint::get_response(&answers(one_port), request).await;
            let body = response.into_body().into_string().await.unwrap();

            assert_eq!(body, expected, "{path}, one port: {one_port}");
        }
        assert_eq!(is_management(path), path != "/things");
    }
}
