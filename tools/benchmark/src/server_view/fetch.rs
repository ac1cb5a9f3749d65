//! Asking a server for its metrics.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use http_body_util::Full;
use hyper::{
    Request,
    header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST},
};
use tokio::time::sleep;

use super::{Scrape, ServerView};
use crate::{
    http::{Connector, Line},
    results::EndpointResult,
    target::{BaseUrl, without_user},
};

/// How long a server may take until all that it was asked is counted.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(2);
/// Counts that have stood still for so long will not move any more.
const STILL: Duration = Duration::from_millis(500);
/// Between two scrapes.
const PAUSE: Duration = Duration::from_millis(100);

impl Scrape {
    /// Asks `url` for its metrics; `authority` is a file with the certificates to trust, if these
    /// are not the public ones.
    ///
    /// # Errors
    /// When it cannot be reached in time, or what comes is not Prometheus' text; the error names
    /// `url` and says what came.
    pub async fn fetch(url: &str, authority: Option<&Path>, within: Duration) -> Result<Self> {
        let scrape = ask(url, authority, within).await;
        scrape.with_context(|| format!("cannot read metrics from {}", without_user(url)))
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
        authority: Option<&Path>,
        within: Duration,
        before: &Self,
        results: &[EndpointResult],
    ) -> Result<Self> {
        let mut last = Self::fetch(url, authority, within).await?;
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
            let Ok(mut next) = Self::fetch(url, authority, left).await else {
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

async fn ask(url: &str, authority: Option<&Path>, within: Duration) -> Result<Scrape> {
    let url: BaseUrl = url.parse()?;
    let connector = Connector::resolve(&url, authority).await?;
    let target = url.target("");
    let request = Request::get(if target.is_empty() { "/" } else { &target })
        .header(HOST, &url.authority)
        .header(ACCEPT, "text/plain;version=0.0.4")
        .header(CONNECTION, "close")
        .body(Full::default())?;
    let answer = Line::new(connector, within).send(request, true).await?;
    ensure!(answer.status.is_success(), "it answered {}", answer.status);
    let text = std::str::from_utf8(&answer.body).context("what came is no text")?;
    Scrape::parse(text).with_context(|| {
        let kind = answer.headers.get(CONTENT_TYPE);
        let kind = kind.map_or("nothing", |kind| kind.to_str().unwrap_or("no text"));
        format!("what came is not Prometheus' text format (Content-Type is {kind})")
    })
}
