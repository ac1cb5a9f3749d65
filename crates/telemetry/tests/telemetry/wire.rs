//! The app behind bare hyper on a port of its own, and a client that counts bytes for itself.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use poem::{
    Endpoint, Response,
    endpoint::BoxEndpoint,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::app::DEADLINE;

type App = Arc<BoxEndpoint<'static, Response>>;

/// Serves `endpoint` for as long as the runtime lives.
///
/// poem's own server polls a connection on after its end and never drops the request of a client
/// that left.
pub(crate) async fn serve(endpoint: App) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, peer) = listener.accept().await.unwrap();
            tokio::spawn(serve_one(stream, peer, Arc::clone(&endpoint)));
        }
    });
    address
}

async fn serve_one(stream: TcpStream, peer: SocketAddr, endpoint: App) {
    let (local, remote) = (LocalAddr::default(), RemoteAddr(peer.into()));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        let request = (request, local.clone(), remote.clone(), Scheme::HTTP).into();
        async move {
            Ok::<_, Infallible>(endpoint.get_response(request).await.into())
                as Result<hyper::Response<_>, _>
        }
    });
    // A client that leaves in the middle is an error here.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// A connection of a client.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

/// What a client read of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Of the body, decoded from chunks.
    pub(crate) bytes: u64,
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends a request with a body of known length and reads the answer.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let length = body.len();
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        self.reply(method).await.expect("there is an answer")
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Says that nothing more is coming.
    pub(crate) async fn end(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Reads the answer to a request of `method`; `None` when the connection ends without one.
    pub(crate) async fn reply(&mut self, method: &str) -> Option<Reply> {
        timeout(DEADLINE, self.read_reply(method))
            .await
            .expect("no answer")
    }

    async fn read_reply(&mut self, method: &str) -> Option<Reply> {
        let head = self.head().await?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let field = |name: &str| {
            head.lines()
                .filter_map(|line| line.split_once(": "))
                .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
        };
        let bytes = if method == "HEAD" || [204, 304].contains(&status) {
            0
        } else if let Some(length) = field("content-length") {
            self.take(length.parse().unwrap()).await
        } else {
            assert_eq!(field("transfer-encoding"), Some("chunked"), "{head}");
            self.chunks().await
        };
        Some(Reply { status, bytes })
    }

    /// Reads the head of an answer.
    pub(crate) async fn head(&mut self) -> Option<String> {
        self.until("\r\n\r\n").await
    }

    /// Reads one chunk of a body and gives its size.
    pub(crate) async fn chunk(&mut self) -> u64 {
        let size = self.until("\r\n").await.unwrap();
        let size = u64::from_str_radix(size.trim_end(), 16).unwrap();
        self.take(size + 2).await;
        size
    }

    async fn chunks(&mut self) -> u64 {
        let mut bytes = 0;
        loop {
            match self.chunk().await {
                0 => return bytes,
                size => bytes += size,
            }
        }
    }

    async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            let text = String::from_utf8_lossy(&self.received);
            if let Some(at) = text.find(mark) {
                let text = self.received.drain(..at + mark.len()).collect();
                return Some(String::from_utf8(text).unwrap());
            }
            self.more().await?;
        }
    }

    async fn take(&mut self, bytes: u64) -> u64 {
        let count = usize::try_from(bytes).unwrap();
        while self.received.len() < count {
            self.more().await.expect("closed within a body");
        }
        self.received.drain(..count);
        bytes
    }

    /// Reads some bytes; `None` at the end of the connection.
    async fn more(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.received).await.unwrap_or(0);
        (read > 0).then_some(())
    }
}
