//! One connection kept open.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Answer;

/// Longest wait for an answer; the service itself gives up sooner.
const DEADLINE: Duration = Duration::from_secs(60);

/// A keep-alive connection that carries one request after the other, and none of them twice.
///
/// It is thinner than a [`Client`](crate::Client) and hides nothing: a client with a pool may send
/// anew what was sent on a connection that had ended.
#[derive(Debug)]
pub struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    closing: bool,
}

impl Connection {
    /// Connects to the service that listens at `address`.
    ///
    /// # Errors
    /// When nobody does.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let connected = timeout(DEADLINE, TcpStream::connect(address)).await;
        let stream = connected
            .context("connect in time")?
            .with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true).context("set TCP_NODELAY")?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // How it ends is seen by the request that waits for it.
        tokio::spawn(async { drop(connection.await) });
        Ok(Self {
            host: address.to_string(),
            sender,
            closing: false,
        })
    }

    /// Whether it can carry one more request: nobody has ended it, or said that they will.
    pub fn is_open(&self) -> bool {
        !self.closing && !self.sender.is_closed()
    }

    /// Sends a request, with JSON text as its body where there is one, and reads the answer.
    ///
    /// # Errors
    /// When there is no whole answer in a minute.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        json: impl Into<Bytes>,
    ) -> Result<Answer> {
        self.send_if(method, path, None, json).await
    }

    /// [`Connection::send`] with a condition, such as `If-Match` and an entity tag.
    ///
    /// # Errors
    /// As [`Connection::send`].
    pub async fn send_if(
        &mut self,
        method: Method,
        path: &str,
        condition: Option<(HeaderName, &str)>,
        json: impl Into<Bytes>,
    ) -> Result<Answer> {
        let asked = format!("{method} {path}");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json");
        if let Some((name, value)) = condition {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(json.into()))
            .with_context(|| format!("build {asked}"))?;
        let exchanged = timeout(DEADLINE, self.exchange(request)).await;
        let (parts, body) = exchanged
            .with_context(|| format!("{asked}: no answer in {DEADLINE:?}"))?
            .with_context(|| format!("{asked} at {}", self.host))?;
        let close = parts.headers.get(CONNECTION);
        self.closing = close.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            request: asked,
        })
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
