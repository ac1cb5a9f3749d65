//! One connection kept open, and how long its answers take.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use e2e::Answer;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest wait for an answer; the service itself gives up sooner.
const DEADLINE: Duration = Duration::from_secs(60);

/// A keep-alive connection that carries one request after the other.
///
/// It is thinner than a client with a pool: what the client costs is part of every figure and
/// draws ratios towards one.
#[derive(Debug)]
pub(crate) struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer and its price.
#[derive(Debug)]
pub(crate) struct Timed {
    /// From before the request was sent until the last byte of the body.
    pub(crate) elapsed: Duration,
    /// The answer.
    pub(crate) answer: Answer,
}

impl Connection {
    /// Connects to the service that listens at `address`.
    ///
    /// # Panics
    /// When nobody does.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the service listens");
        stream
            .set_nodelay(true)
            .expect("a connected socket takes options");
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .expect("HTTP/1 has no handshake that could fail");
        // How it ends is seen by the request that waits for it.
        tokio::spawn(async { drop(connection.await) });
        let host = address.to_string();
        Self { host, sender }
    }

    /// GET of a page that is there.
    ///
    /// # Panics
    /// When the answer is another than 200.
    pub(crate) async fn get(&mut self, path: &str) -> Timed {
        self.send(Method::GET, path, Bytes::new(), 200).await
    }

    /// Creates one product, or all of an array, given as JSON text.
    ///
    /// # Panics
    /// When the answer is another than 201.
    pub(crate) async fn create(&mut self, json: String) -> Timed {
        self.send(Method::POST, "/products", json.into(), 201).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Bytes, wanted: u16) -> Timed {
        let asked = format!("{method} {path}");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("the parts of the request are valid");
        let begin = Instant::now();
        let exchanged = timeout(DEADLINE, self.exchange(request)).await;
        let elapsed = begin.elapsed();
        let (parts, body) = exchanged
            .unwrap_or_else(|_| panic!("{asked}: no answer in {DEADLINE:?}"))
            .unwrap_or_else(|error| panic!("{asked}: {error}"));
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            request: asked,
        };
        let answer = answer.expect(wanted);
        Timed { elapsed, answer }
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<(hyper::http::response::Parts, Bytes)> {
        self.sender.ready().await?;
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        Ok((parts, body.collect().await?.to_bytes()))
    }
}
