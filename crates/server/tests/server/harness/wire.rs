//! A connection on which a test writes bytes as they are.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::within;

/// One connection of a client.
pub(crate) struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A response as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    /// The value of a header, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The body, which must be a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status, "{problem}");
        problem
    }
}

impl Wire {
    pub(crate) async fn connect(addr: SocketAddr) -> Wire {
        let stream = within(TcpStream::connect(addr)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Wire {
            stream,
            received: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends what a server that has already answered may refuse to take.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within(self.stream.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Sends a request without a body.
    pub(crate) async fn request(&mut self, method: &str, path: &str) {
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\n\r\n"))
            .await;
    }

    /// Reads one response.
    pub(crate) async fn reply(&mut self) -> Reply {
        let mut reply = self.head().await;
        let length = reply
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        while self.received.len() < length {
            assert!(self.more().await > 0, "closed within a body: {reply:?}");
        }
        reply.body = String::from_utf8(self.received.drain(..length).collect()).unwrap();
        reply
    }

    /// Reads the head of a response.
    pub(crate) async fn head(&mut self) -> Reply {
        let end = loop {
            if let Some(at) = self
                .received
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break at + 4;
            }
            assert!(
                self.more().await > 0,
                "closed within a head: {:?}",
                self.received
            );
        };
        let head = String::from_utf8(self.received.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply {
            status,
            head,
            body: String::new(),
        }
    }

    /// All that still comes, up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await > 0 {}
        String::from_utf8_lossy(&std::mem::take(&mut self.received)).into_owned()
    }

    /// Reads up to and including `text`.
    pub(crate) async fn until(&mut self, text: &str) {
        let found = async {
            while !String::from_utf8_lossy(&self.received).contains(text) {
                assert!(
                    self.more().await > 0,
                    "closed before {text:?}: {:?}",
                    self.received
                );
            }
        };
        within(found).await;
        self.received.clear();
    }

    /// Whether bytes, or the end, can be read without waiting.
    pub(crate) fn has_something(&self) -> bool {
        let mut byte = [0];
        !self.received.is_empty() || self.stream.try_read(&mut byte).is_ok()
    }

    /// A connection that was reset ends like one that was closed.
    async fn more(&mut self) -> usize {
        within(self.stream.read_buf(&mut self.received))
            .await
            .unwrap_or(0)
    }
}
