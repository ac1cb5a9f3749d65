//! The service put together: what it is built from, how it runs, how it stops.

mod endpoints;
mod listeners;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use health::{Health, HealthSettings};
use server::{Connections, Lifecycle, Management};
use telemetry::{Metrics, MetricsSettings};
use tokio::time::{MissedTickBehavior, interval, sleep};

pub(crate) use listeners::local as local_address;
pub use listeners::{Addresses, Listeners};

use crate::{
    catalogue::Catalogue,
    config::Config,
    store::{self, Store},
};

/// How often the database is asked whether the schema has come.
const SCHEMA_POLL: Duration = Duration::from_secs(1);
/// How often old idempotency keys are forgotten.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// What the management listener gets to stop once the API has.
const MANAGEMENT_GRACE: Duration = Duration::from_secs(2);

/// Everything that a running service is made of.
pub struct Service {
    config: Config,
    lifecycle: Lifecycle,
    store: Arc<Store>,
    catalogue: Catalogue,
    metrics: Metrics,
    health: Health,
}

impl Service {
    /// Makes the parts; connects to nothing and listens to nothing yet.
    pub fn build(config: Config, lifecycle: Lifecycle) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(&store_settings(&config))?);
        let duration_buckets = config.metrics.duration_buckets.clone();
        let metrics = Metrics::new(&MetricsSettings { duration_buckets })?;
        metrics.build_info(
            env!("CARGO_PKG_VERSION"),
            env!("BUILD_REVISION"),
            env!("BUILD_RUSTC"),
        );
        let health = Health::new(health_settings(&config), lifecycle.draining());
        let probed = store.clone();
        health.check(
            "database",
            "database unavailable",
            config.health.policy.database,
            move || {
                let store = probed.clone();
                async move { store.ping().await }
            },
        );
        let patience = config.database.acquire_timeout;
        let catalogue = Catalogue::new(store.clone(), metrics.items("products"), patience);
        Ok(Self {
            config,
            lifecycle,
            store,
            catalogue,
            metrics,
            health,
        })
    }

    /// Serves until the lifecycle has drained, and then closes what is open.
    pub async fn run(self, listeners: Listeners) -> anyhow::Result<()> {
        let schema_step = self.health.starting("migrations");
        self.health.spawn();
        let connections = self.connections();
        let endpoints = endpoints::build(&self)?;
        let addresses = listeners.addresses()?;
        let management = match listeners.management {
            None => None,
            Some(listener) => Some(Management::spawn(
                listener,
                endpoints.management,
                connections,
                self.lifecycle.clone(),
            )?),
        };
        let draining = self.lifecycle.draining();
        let prepared = tokio::select! {
            prepared = self.prepare_schema() => prepared,
            () = draining.cancelled() => Ok(()),
        };
        if prepared.is_ok() {
            schema_step.done();
            tracing::info!(
                api = %addresses.api,
                docs = %format_args!("{}/docs", addresses.api),
                health = %format_args!("{}/health", addresses.management),
                metrics = %format_args!("{}/metrics", addresses.management),
                version = env!("CARGO_PKG_VERSION"),
                "products is up"
            );
            let purging = tokio::spawn(purge(self.store.clone()));
            server::serve(
                listeners.api,
                endpoints.api,
                connections,
                self.lifecycle.clone(),
            )
            .await;
            purging.abort();
        }
        self.catalogue.finish().await;
        if let Some(management) = management {
            management.join(MANAGEMENT_GRACE).await;
        }
        self.store.close().await;
        tracing::info!("products is down");
        prepared
    }

    /// Migrates, or waits until somebody else has.
    async fn prepare_schema(&self) -> anyhow::Result<()> {
        if self.config.database.migrate_on_start {
            return migrate(&self.store).await.map(drop);
        }
        let mut waiting = false;
        while self
            .store
            .pending_migrations()
            .await
            .context("cannot read the schema")?
            > 0
        {
            if !waiting {
                tracing::info!("waiting for the schema: run `products migrate`");
                waiting = true;
            }
            sleep(SCHEMA_POLL).await;
        }
        Ok(())
    }

    fn connections(&self) -> Connections {
        Connections {
            max_connections: self.config.server.max_connections,
            header_read_timeout: self.config.server.header_read_timeout,
        }
    }
}

/// Brings the schema of the configured database up to date and says how many migrations ran.
pub async fn migrate_database(config: &Config) -> anyhow::Result<usize> {
    let store = Store::open(&store_settings(config))?;
    let applied = migrate(&store).await;
    store.close().await;
    applied
}

async fn migrate(store: &Store) -> anyhow::Result<usize> {
    let applied = store
        .migrate()
        .await
        .context("cannot migrate the database")?;
    tracing::info!(applied, "schema is up to date");
    Ok(applied)
}

async fn purge(store: Arc<Store>) {
    let mut ticks = interval(PURGE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match store.purge_idempotency_keys().await {
            Ok(purged) => tracing::debug!(purged, "old idempotency keys forgotten"),
            Err(error) => tracing::warn!(exception = %error, "idempotency keys were not purged"),
        }
    }
}

fn store_settings(config: &Config) -> store::Settings {
    let database = &config.database;
    store::Settings {
        url: database.url.clone(),
        max_connections: database.max_connections,
        min_connections: database.min_connections,
        acquire_timeout: database.acquire_timeout,
        max_lifetime: database.max_lifetime,
        test_before_acquire: database.test_before_acquire,
        statement_timeout: database.statement_timeout,
        busy_timeout: database.busy_timeout,
    }
}

fn health_settings(config: &Config) -> HealthSettings {
    HealthSettings {
        interval: config.health.interval,
        timeout: config.health.timeout,
        failure_threshold: config.health.failure_threshold,
        success_threshold: config.health.success_threshold,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
