//! What a command needs before it can send: a connection, the interrupt key, the server's metrics.

use anyhow::{Context, bail};
use tokio::{signal::ctrl_c, task::spawn_local};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::Common,
    http::Connector,
    results::EndpointResult,
    server_view::{Scrape, ServerView},
};

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
        spawn_local(async move {
            // Without signals there is no way to end it early, which is no reason not to begin.
            if ctrl_c().await.is_ok() {
                interrupt.cancel();
            }
            if ctrl_c().await.is_ok() {
                abort.cancel();
            }
        });
        keys
    }
}

/// A run from its beginning to its end.
pub(super) struct Session {
    pub(super) connector: Connector,
    pub(super) keys: Keys,
    /// UTC, RFC 3339.
    pub(super) timestamp: String,
}

impl Session {
    /// Finds the service and makes sure that it takes connections. It is not asked for anything.
    pub(super) async fn begin(common: &Common, keys: &Keys) -> anyhow::Result<Self> {
        let url = &common.base_url;
        let connector = Connector::resolve(url, common.ca_certificate.as_deref()).await?;
        let limit = common.timeout.0;
        let connected = tokio::time::timeout(limit, connector.open()).await;
        let Ok(connected) = connected else {
            bail!("cannot connect to {url}: no answer within {limit:?}");
        };
        connected.with_context(|| format!("cannot connect to {url}"))?;
        Ok(Self {
            connector,
            keys: keys.clone(),
            timestamp: chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        })
    }

    /// What the server has counted so far, where somebody wants to know.
    pub(super) async fn scrape(&self, common: &Common) -> anyhow::Result<Option<Scrape>> {
        let Some(url) = &common.metrics_url else {
            return Ok(None);
        };
        let authority = common.ca_certificate.as_deref();
        let scrape = Scrape::fetch(&url.to_string(), authority, common.timeout.0).await?;
        Ok(Some(scrape))
    }

    /// What the server has counted since `before`. That it cannot be known is no reason to lose
    /// the results.
    pub(super) async fn server(
        &self,
        common: &Common,
        before: Option<Scrape>,
        results: &[EndpointResult],
    ) -> ServerView {
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
        match Scrape::settled(&url, authority, limit, &before, &results).await {
            Ok(after) => ServerView::between(&url, &before, &after, &results),
            Err(error) => ServerView::unreadable(&url, &error),
        }
    }
}
