//! A connection that is kept from request to request.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    client::conn::http1::{self, SendRequest},
    header::HeaderValue,
    http::response,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::{Answer, BaseUrl, Request};

/// How long an answer may take, connecting included.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 16 << 20;

/// At most one connection to a service, opened anew when it has ended.
///
/// A Kubernetes Service picks a replica per connection: what one line asks, one replica answers.
pub(super) struct Line {
    url: BaseUrl,
    token: Option<HeaderValue>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// A line that is not connected yet; `token` goes with each request.
    pub(super) fn new(url: BaseUrl, token: Option<HeaderValue>) -> Self {
        Self {
            url,
            token,
            sender: None,
        }
    }

    /// Sends a request, once, and reads the whole answer.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn send(&mut self, request: Request) -> anyhow::Result<Answer> {
        let exchanged = match timeout(PATIENCE, self.exchange(&request)).await {
            Ok(exchanged) => exchanged,
            Err(_) => {
                self.sender = None;
                bail!("{request} at {}: no answer in {PATIENCE:?}", self.url)
            }
        };
        let (head, body) = exchanged.with_context(|| format!("{request} at {}", self.url))?;
        Ok(Answer::new(request, head, &body))
    }

    async fn exchange(&mut self, request: &Request) -> anyhow::Result<(response::Parts, Bytes)> {
        let http = request.to_http(&self.url.authority, self.token.as_ref())?;
        let mut sender = self.sender().await?;
        let (head, body) = sender.send_request(http).await?.into_parts();
        let body = Limited::new(body, LONGEST_BODY).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error).context("read the body"))?;
        self.sender = Some(sender);
        Ok((head, body.to_bytes()))
    }

    /// The connection there is, if it can carry one more request, or a new one.
    async fn sender(&mut self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let stream = TcpStream::connect((self.url.host.as_str(), self.url.port))
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // How it ends is seen by the request that waits for it.
        tokio::spawn(async { drop(connection.await) });
        Ok(sender)
    }
}
