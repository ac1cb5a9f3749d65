//! Which cache the service reads through.

use std::time::Duration;

use anyhow::Context;
use tokio::time::{sleep, timeout};

use super::Service;
use crate::{
    cache::{Cache, RedisRemote, Settings},
    catalogue::{Catalogue, ReadCache},
    config,
};

/// How long a start waits for Redis.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(20);

impl Service {
    /// Reads through the configured cache from now on, in which `epoch` is the database's name.
    pub(super) async fn cache(&self, epoch: String) -> anyhow::Result<()> {
        let config = &self.config.cache;
        let local = config.is_local(self.store.is_embedded());
        tell(config, local, self.store.is_embedded());
        if !local && !config.is_shared() {
            return Ok(());
        }
        let origin = self.catalogue.origin();
        let metrics = self.cache_metrics.clone();
        let cache = Cache::new(
            origin,
            self.remote(epoch)?,
            &settings(config, local),
            metrics,
        );
        let kept = cache.clone();
        self.lifecycle
            .background("cache", |stop| async move { kept.keep(stop).await });
        self.catalogue.cache_in(cache);
        if timeout(PATIENCE, heard(&self.catalogue)).await.is_err() {
            tracing::warn!("Redis does not answer; the service starts without it");
        }
        Ok(())
    }

    fn remote(&self, epoch: String) -> anyhow::Result<Option<RedisRemote>> {
        let Some(url) = &self.config.cache.redis_url else {
            return Ok(None);
        };
        let prefix = self.config.cache.key_prefix.clone().unwrap_or(epoch);
        RedisRemote::new(url, &prefix)
            .map(Some)
            .context("cache.redis_url")
    }
}

fn settings(config: &config::Cache, local: bool) -> Settings {
    Settings {
        lifetimes: config.lifetimes,
        local_capacity: local.then_some(config.local_capacity),
        operation_timeout: config.operation_timeout,
        outage_ttl: config.outage_ttl,
        breaker_failures: config.breaker_failures,
        breaker_open: config.breaker_open,
    }
}

/// Says in the log where reads are cached.
fn tell(config: &config::Cache, local: bool, embedded: bool) {
    match (local, config.is_shared()) {
        (true, true) => tracing::info!("Reads are cached in this process and in Redis"),
        (true, false) if embedded => tracing::info!("Reads are cached in this process"),
        (true, false) => tracing::warn!(
            "Reads are cached in this process, which hears nothing of other replicas' writes: there must be none"
        ),
        (false, true) => tracing::info!("Reads are cached in Redis"),
        (false, false) if !config.enabled => {
            tracing::info!("Reads are not cached: cache.enabled is false");
        }
        (false, false) => tracing::info!(
            "Reads are not cached: without cache.redis_url this process hears nothing of other replicas' writes"
        ),
    }
}

/// Waits until there is a cache, and Redis tells it of changes if it has one.
pub(super) async fn heard(catalogue: &Catalogue) {
    while !catalogue.cache().is_some_and(ReadCache::is_heard) {
        sleep(LOOK).await;
    }
}
