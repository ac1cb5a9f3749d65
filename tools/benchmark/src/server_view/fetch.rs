//! Asking a server for its metrics.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, Uri,
    client::conn::http1,
    header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{Scrape, ServerView};
use crate::results::EndpointResult;

/// More than any server has to say, in bytes.
const LONGEST: usize = 64 << 20;

/// How long a server may take until all that it was asked is counted.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);
/// Counts that have stood still for so long will not move any more.
const STILL: Duration = Duration::from_millis(500);
/// Between two scrapes.
const PAUSE: Duration = Duration::from_millis(100);

impl Scrape {
    /// Asks `url` for its metrics.
    ///
    /// # Errors
    /// When it cannot be reached in time, or what comes is not Prometheus' text; the error names
    /// `url` and says what came.
    pub async fn fetch(url: &str, within: Duration) -> Result<Self> {
        let scrape = timeout(within, ask(url));
        let scrape = scrape.await.map_err(anyhow::Error::from);
        scrape
            .flatten()
            .with_context(|| format!("cannot read metrics from {url}"))
    }

    /// Asks `url` at the end of a run, until the server has counted all that `results` say was
    /// sent since `before`, but for no longer than its counts move, and two seconds at most.
    ///
    /// Requests that the client no longer waits for are counted when the server notices.
    ///
    /// # Errors
    /// As [`Scrape::fetch`], when it does not answer once.
    pub async fn settled(
        url: &str,
        within: Duration,
        before: &Self,
        results: &[EndpointResult],
    ) -> Result<Self> {
        let mut last = Self::fetch(url, within).await?;
        let began = Instant::now();
        let mut moved = began;
        let counted = |after: &Self| ServerView::between(url, before, after, results).endpoints;
        while counted(&last)
            .iter()
            .any(|it| it.requests < it.client_requests)
        {
            sleep(PAUSE).await;
            let left = SETTLE_TIMEOUT.saturating_sub(began.elapsed());
            if left.is_zero() || moved.elapsed() > STILL {
                break;
            }
            // What was read before is better than an error now.
            let Ok(mut next) = Self::fetch(url, left).await else {
                break;
            };
            next.asked_before = last.asked_before + 1;
            if counted(&next) != counted(&last) {
                moved = Instant::now();
            }
            last = next;
        }
        Ok(last)
    }
}

async fn ask(url: &str) -> Result<Scrape> {
    let uri: Uri = url.parse().context("it is no URL")?;
    let authority = uri.authority().context("it names no host")?;
    ensure!(
        !authority.as_str().contains('@'),
        "a URL must not hold credentials"
    );
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority.as_str())
        .header(ACCEPT, "text/plain;version=0.0.4")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(connect(&uri).await?)).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST).collect().await;
    let body = body.map_err(anyhow::Error::from_boxed)?.to_bytes();
    connection.abort();
    ensure!(head.status.is_success(), "it answered {}", head.status);
    let text = std::str::from_utf8(&body).context("what came is no text")?;
    Scrape::parse(text).with_context(|| {
        let kind = head.headers.get(CONTENT_TYPE);
        let kind = kind.map_or("nothing", |kind| kind.to_str().unwrap_or("no text"));
        format!("what came is not Prometheus' text format (Content-Type is {kind})")
    })
}

/// Opens a connection to the host of `uri`.
async fn connect(uri: &Uri) -> Result<TcpStream> {
    let host = uri.host().context("it names no host")?;
    let port = match uri.scheme_str() {
        Some("http") => uri.port_u16().unwrap_or(80),
        other => bail!("the scheme is {}, not http", other.unwrap_or("missing")),
    };
    let stream = TcpStream::connect(format!("{host}:{port}")).await;
    stream.context("no connection")
}
