//! The service put together: what it is built from, how it runs, how it stops.

mod caching;
mod checks;
mod endpoints;
mod listeners;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, anyhow, bail};
use health::Health;
use server::{Connections, Lifecycle, Management, signalled};
use telemetry::{LogLevel, Metrics, MetricsSettings, ResourceSettings, TelemetryGuard, Watcher};
use tokio::runtime::Handle;
use tokio::select;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub(crate) use listeners::local as local_address;
pub use listeners::{Addresses, Listeners};

use crate::{
    api,
    cache::CacheMetrics,
    catalogue::Catalogue,
    config::Config,
    store::{Error, Store},
};

/// The pause between the first two attempts to find or make the schema; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// Attempts to open and migrate a database file.
const EMBEDDED_ATTEMPTS: u32 = 5;
/// What forgetting old idempotency keys is called, once an interval.
const PURGE: &str = "idempotency_purge";
/// How often old idempotency keys are forgotten.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Everything that a running service is made of.
pub struct Service {
    config: Config,
    lifecycle: Lifecycle,
    store: Arc<Store>,
    catalogue: Catalogue,
    metrics: Metrics,
    cache_metrics: CacheMetrics,
    health: Health,
    log_level: LogLevel,
}

impl Service {
    /// Makes the parts; connects to nothing and listens to nothing yet.
    pub fn build(
        config: Config,
        lifecycle: Lifecycle,
        telemetry: &TelemetryGuard,
    ) -> anyhow::Result<Self> {
        let metrics = Metrics::new(&metrics_settings(&config))?;
        metrics.build_info(
            env!("CARGO_PKG_VERSION"),
            env!("BUILD_REVISION"),
            env!("BUILD_RUSTC"),
        );
        metrics.log(telemetry)?;
        let store = Arc::new(Store::open(&config.database, &metrics)?);
        metrics.declare_task(PURGE);
        let health = Health::new(checks::settings(&config.health), lifecycle.draining());
        let patience = config.database.acquire_timeout;
        let items = metrics.items("products");
        let catalogue = Catalogue::new(store.clone(), items, patience, api::render);
        checks::add(&health, &config, &store, &catalogue);
        let collector = health.collector();
        let label_sets = collector.label_sets();
        metrics.registry().collector(collector, label_sets)?;
        Ok(Self {
            config,
            lifecycle,
            store,
            catalogue,
            cache_metrics: CacheMetrics::register(&metrics)?,
            metrics,
            health,
            log_level: telemetry.log_level(),
        })
    }

    /// Serves until the lifecycle has drained, and then closes what is open.
    ///
    /// Probes are answered at once, products once the schema is there. Fails if the schema cannot
    /// be prepared.
    pub async fn run(self, listeners: Listeners) -> anyhow::Result<()> {
        let addresses = listeners.addresses()?;
        let started = CancellationToken::new();
        let watcher = self.watch_resources()?;
        let event_loop = watcher.event_loop();
        self.health.watch_stall(move || event_loop.stalled_for());
        let schema = self.health.starting("migrations");
        let shared = self.config.cache.is_shared();
        let cache = shared.then(|| self.health.starting("cache"));
        self.health.spawn();
        let endpoints = endpoints::build(&self, &started)?;
        let connections = self.connections();
        let management = match listeners.management {
            None => None,
            Some(listener) => Some(Management::spawn(
                listener,
                endpoints.management,
                connections,
                self.lifecycle.clone(),
            )?),
        };
        tracing::info!(
            api = addresses.api,
            management = addresses.management,
            "listening"
        );
        self.lifecycle.wait_for("writes", self.catalogue.writes());
        let start = self.start(|| {
            schema.done();
            if let Some(cache) = cache {
                cache.done();
            }
            started.cancel();
            announce(&addresses);
        });
        let serving = server::serve(
            listeners.api,
            endpoints.api,
            connections,
            self.lifecycle.clone(),
        );
        let (outcome, _) = tokio::join!(start, serving);
        self.close(management).await;
        tracing::info!("products is down");
        outcome
    }

    /// Prepares the schema, says that it is `ready`, starts what runs in the background and watches
    /// over the schema until the end begins. When it cannot be prepared, or the end begins before it
    /// is, nobody sends traffic; when it is lost, nobody can be answered: the service stops at once.
    async fn start(&self, ready: impl FnOnce()) -> anyhow::Result<()> {
        let draining = self.lifecycle.draining();
        let prepared = async {
            let epoch = self.prepare_schema().await?;
            self.cache(epoch).await
        };
        match draining.run_until_cancelled(prepared).await {
            Some(Ok(())) => {
                ready();
                let (store, metrics) = (self.store.clone(), self.metrics.clone());
                self.lifecycle
                    .background(PURGE, |stop| purge(store, metrics, stop));
                match draining.run_until_cancelled(self.lose_schema()).await {
                    Some(lost) => {
                        self.lifecycle.stop();
                        Err(lost)
                    }
                    None => Ok(()),
                }
            }
            stopped => {
                self.lifecycle.stop();
                stopped.unwrap_or(Ok(()))
            }
        }
    }

    /// Watches the process, its machine, and the runtime that this is called on.
    fn watch_resources(&self) -> anyhow::Result<Watcher> {
        let settings = ResourceSettings {
            interval: self.config.metrics.collection_interval,
            disk_path: checks::disk_path(&self.config),
        };
        Ok(self.metrics.watch(&settings, &Handle::current())?)
    }

    /// Tells the cache's last changes, ends the management listener and closes the pools. A database
    /// that does not answer any more is left alone.
    async fn close(&self, management: Option<Management>) {
        let limit = self.lifecycle.time_to_close();
        let listener = async {
            if let Some(management) = management {
                management.join(limit).await;
            }
        };
        let pools = timeout(limit, async {
            if let Some(cache) = self.catalogue.cache() {
                cache.publish_pending().await;
            }
            self.health.stop().await;
            self.store.close().await;
        });
        let (_, closed) = tokio::join!(listener, pools);
        if closed.is_err() {
            tracing::warn!("the database pool did not close in time");
        }
    }

    /// Migrates, or waits until somebody else has, and gives the database's name in a cache. A server
    /// that cannot be reached is waited for; a file that cannot be used is given a few attempts, for
    /// others may be creating it.
    async fn prepare_schema(&self) -> anyhow::Result<String> {
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let waited_for = !self.store.is_embedded() || attempts < EMBEDDED_ATTEMPTS;
            let (reason, cause) = match self.try_schema().await {
                Ok(Some(epoch)) => return Ok(epoch),
                Ok(None) => ("its schema is not there: run `products migrate`", None),
                Err(Error::Unavailable { outage, cause, .. }) if waited_for => {
                    (outage.reason(), Some(cause.to_string()))
                }
                Err(error) => return Err(error).context("cannot prepare the database's schema"),
            };
            let retry_in = format!("{pause:?}");
            tracing::warn!(
                exception = cause,
                reason,
                attempts,
                retry_in,
                "Waiting for the database"
            );
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The database's name in a cache; nothing while migrations are left to others.
    async fn try_schema(&self) -> Result<Option<String>, Error> {
        if self.config.database.migrate_on_start {
            let applied = self.store.migrate().await?;
            tracing::info!(applied, "schema is up to date");
        } else if self.store.pending_migrations().await? > 0 {
            return Ok(None);
        }
        self.store.cache_epoch().await.map(Some)
    }

    /// Waits until the database was replaced by an empty one. What is cached is of the old one, and
    /// so is whatever else the process knows: it has to start anew.
    async fn lose_schema(&self) -> anyhow::Error {
        loop {
            self.catalogue.misses_table().await;
            if matches!(self.store.pending_migrations().await, Ok(1..)) {
                tracing::error!("The database has lost its schema; the service ends to start anew");
                return anyhow!("the database has lost its schema: start the service again");
            }
        }
    }

    fn connections(&self) -> Connections {
        Connections {
            max_connections: self.config.server.max_connections,
            header_read_timeout: self.config.server.header_read_timeout,
        }
    }
}

/// Forgets old idempotency keys again and again. A run that has begun is finished.
async fn purge(store: Arc<Store>, metrics: Metrics, stop: CancellationToken) {
    let mut ticks = interval(PURGE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // The statements of one run are one trace.
        let span = tracing::info_span!("purge_idempotency_keys");
        let purge = store.purge_idempotency_keys().instrument(span);
        match metrics.track_async_task(PURGE, purge).await {
            Ok(purged) => tracing::debug!(purged, "old idempotency keys forgotten"),
            Err(error) => tracing::warn!(exception = %error, "idempotency keys were not purged"),
        }
    }
}

fn announce(addresses: &Addresses) {
    let Addresses { api, management } = addresses;
    tracing::info!(
        api,
        docs = format!("{api}/docs"),
        health = format!("{management}/health"),
        metrics = format!("{management}/metrics"),
        version = env!("CARGO_PKG_VERSION"),
        "products is up"
    );
}

/// Brings the schema of the configured database up to date and says how many migrations ran.
/// `renew_cache_epoch` has nothing read again that was cached of the database before, and no version given again.
///
/// # Errors
/// The database's, and the name of a signal that came first: what was not finished is rolled back.
pub async fn migrate_database(config: &Config, renew_cache_epoch: bool) -> anyhow::Result<usize> {
    let metrics = Metrics::new(&MetricsSettings::default())?;
    let store = Store::open(&config.database, &metrics)?;
    let migrated = async {
        let applied = store
            .migrate()
            .await
            .context("cannot migrate the database")?;
        tracing::info!(applied, "schema is up to date");
        if renew_cache_epoch {
            let renewed = store.renew_cache_epoch().await;
            renewed.context("cannot renew the cache's epoch")?;
            tracing::info!(
                "what was cached so far is not read again, once all replicas are restarted"
            );
        }
        Ok(applied)
    };
    let migrated = select! {
        migrated = migrated => migrated,
        // The connection may be in use, so that closing it would wait for the database.
        signal = signalled() => bail!("stopped by {}; what was not finished is rolled back", signal?),
    };
    store.close().await;
    migrated
}

fn metrics_settings(config: &Config) -> MetricsSettings {
    MetricsSettings {
        duration_buckets: config.metrics.duration_buckets.clone(),
        size_buckets: config.metrics.size_buckets.clone(),
        query_buckets: config.metrics.query_buckets.clone(),
        max_series: config.metrics.max_series,
    }
}
