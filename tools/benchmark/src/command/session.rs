//! What a command needs before it can send: a connection, the server's metrics.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::time::timeout;

use super::{saturation, signals::Signals};
use crate::{
    cli::Common,
    http::Connector,
    load::{Pace, Traffic},
    record::Row,
    results::{Configuration, EndpointResult, Level, Results},
    server_view::{Scrape, ServerView},
};

/// Descriptors of the process itself, amply.
const SPARE: u64 = 32;

/// A run from its beginning to its end.
pub(super) struct Session<'a> {
    common: &'a Common,
    connector: Connector,
    pub(super) signals: Signals,
    /// UTC, RFC 3339.
    timestamp: String,
}

impl<'a> Session<'a> {
    /// Finds the service and makes sure that it takes connections. It is not asked for anything.
    pub(super) async fn begin(common: &'a Common, signals: &Signals) -> anyhow::Result<Self> {
        Ok(Self {
            common,
            connector: signals.unless_interrupted(connector(common)).await??,
            signals: signals.clone(),
            timestamp: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        })
    }

    /// The load of users that ask for `rows`.
    pub(super) fn traffic(&self, rows: Vec<Row>, duration: Duration, pace: Pace) -> Traffic {
        Traffic {
            connector: self.connector.clone(),
            rows,
            duration,
            timeout: self.common.timeout.0,
            pace,
            interrupt: self.signals.interrupt.clone(),
        }
    }

    /// What the server has counted so far, where somebody wants to know.
    pub(super) async fn scrape(&self) -> anyhow::Result<Option<Scrape>> {
        let Some(url) = &self.common.metrics_url else {
            return Ok(None);
        };
        let authority = self.common.ca_certificate.as_deref();
        let url = url.to_string();
        let scrape = Scrape::fetch(&url, authority, self.common.timeout.0);
        Ok(Some(self.signals.unless_interrupted(scrape).await??))
    }

    /// What the server has counted since `before`. That it cannot be known is no reason to lose
    /// the results.
    pub(super) async fn server(
        &self,
        before: Option<Scrape>,
        results: &[EndpointResult],
    ) -> ServerView {
        let common = self.common;
        let (Some(url), Some(before)) = (&common.metrics_url, before) else {
            return ServerView::default();
        };
        let url = url.to_string();
        let whole = |result: &EndpointResult| EndpointResult {
            endpoint: common.base_url.target(&result.endpoint),
            ..result.clone()
        };
        // The server knows its paths from the root on.
        let results: Vec<EndpointResult> = results.iter().map(whole).collect();
        let authority = common.ca_certificate.as_deref();
        let limit = common.timeout.0;
        let after = Scrape::settled(&url, authority, limit, &before, &results);
        match self.signals.unless_aborted(after).await {
            Ok(Ok(after)) => ServerView::between(&url, &before, &after, &results),
            Ok(Err(error)) => ServerView::unreadable(&url, &error),
            Err(aborted) => ServerView::unreadable(&url, &aborted.into()),
        }
    }

    /// All that was found out, as far as the commands have it in common.
    pub(super) fn results(
        &self,
        config: Configuration,
        levels: Vec<Level>,
        results: Vec<EndpointResult>,
        server: ServerView,
    ) -> Results {
        // The last level, if it was aborted, has failures that are not the service's.
        let aborted = results.iter().any(|result| result.aborted() > 0);
        let whole = levels.len().saturating_sub(usize::from(aborted));
        Results {
            timestamp: self.timestamp.clone(),
            saturation: saturation::find(&levels[..whole], config.model),
            config,
            results,
            levels,
            server,
            cleanup: None,
            interrupted: self.signals.interrupt.is_cancelled(),
        }
    }
}

/// Makes room for the descriptors of so many users, by raising the soft limit to the hard one.
///
/// # Errors
/// When there is none: their requests would fail, and the service be blamed for it.
pub(super) fn make_room(users: &[u32]) -> anyhow::Result<()> {
    let most = users.iter().copied().max().unwrap_or_default();
    let limit = rlimit::increase_nofile_limit(u64::MAX);
    let limit = limit.context("cannot raise the limit of open descriptors")?;
    ensure!(
        u64::from(most) + SPARE <= limit,
        "{most} users need a descriptor each and {SPARE} more, and the hard limit is {limit} \
         (ulimit -Hn)"
    );
    Ok(())
}

/// What opens connections to the service, tried once.
async fn connector(common: &Common) -> anyhow::Result<Connector> {
    let url = &common.base_url;
    let limit = common.timeout.0;
    let connector = Connector::resolve(url, common.ca_certificate.as_deref()).await?;
    let Ok(connected) = timeout(limit, connector.open()).await else {
        bail!("cannot connect to {url}: no answer within {limit:?}");
    };
    connected.with_context(|| format!("cannot connect to {url}"))?;
    Ok(connector)
}
