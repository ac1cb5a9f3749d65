//! What a command needs before it can send: a connection, the interrupt key, the server's metrics.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    task::spawn_local,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Interrupted, saturation};
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

/// What Ctrl-C does.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    /// Cancelled by the first one: nothing more is sent.
    pub(super) interrupt: CancellationToken,
    /// Cancelled by the second one: nothing more is waited for.
    pub(super) abort: CancellationToken,
}

impl Keys {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        let keys = Self::default();
        let Self { interrupt, abort } = keys.clone();
        // Without signals there is no way to end it early, which is no reason not to begin.
        if let Ok(mut presses) = signal(SignalKind::interrupt()) {
            spawn_local(async move {
                presses.recv().await;
                interrupt.cancel();
                presses.recv().await;
                abort.cancel();
            });
        }
        keys
    }

    /// What comes of `work`, unless somebody wants it to end before.
    async fn unless_pressed<T>(&self, work: impl Future<Output = T>) -> Result<T, Interrupted> {
        select! {
            done = work => Ok(done),
            () = self.interrupt.cancelled() => Err(Interrupted),
        }
    }
}

/// A run from its beginning to its end.
pub(super) struct Session<'a> {
    common: &'a Common,
    connector: Connector,
    pub(super) keys: Keys,
    /// UTC, RFC 3339.
    timestamp: String,
}

impl<'a> Session<'a> {
    /// Finds the service and makes sure that it takes connections. It is not asked for anything.
    pub(super) async fn begin(common: &'a Common, keys: &Keys) -> anyhow::Result<Self> {
        Ok(Self {
            common,
            connector: keys.unless_pressed(connector(common)).await??,
            keys: keys.clone(),
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
            interrupt: self.keys.interrupt.clone(),
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
        Ok(Some(self.keys.unless_pressed(scrape).await??))
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
        let after = select! {
            after = Scrape::settled(&url, authority, limit, &before, &results) => after,
            () = self.keys.abort.cancelled() => Err(Interrupted.into()),
        };
        match after {
            Ok(after) => ServerView::between(&url, &before, &after, &results),
            Err(error) => ServerView::unreadable(&url, &error),
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
            interrupted: self.keys.interrupt.is_cancelled(),
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
