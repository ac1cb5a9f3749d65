//! Which cache the service reads through.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::time::{sleep, timeout};

use super::Service;
use crate::{
    api,
    cache::{Cache, RedisRemote, Settings},
    catalogue::{Catalogue, ReadCache, StoredProducts},
    config::{self, Config},
};

/// How long a start waits for Redis.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(20);

impl Service {
    /// Reads through the configured cache from now on; the database is there.
    pub(super) async fn cache(&self) -> anyhow::Result<()> {
        let settings = settings(&self.config, self.store.is_embedded());
        let Some(settings) = settings else {
            tracing::info!("Reads are not cached: cache.enabled is false");
            return Ok(());
        };
        let cache = Cache::new(
            StoredProducts::new(Arc::clone(&self.store), api::render),
            self.remote().await?,
            &settings,
            self.cache_metrics.clone(),
        );
        tell(&cache, &self.config.cache);
        let kept = cache.clone();
        self.lifecycle
            .background("cache", |stop| async move { kept.keep(stop).await });
        self.catalogue.cache_in(cache);
        if timeout(PATIENCE, heard(&self.catalogue)).await.is_err() {
            tracing::warn!("Redis does not answer; the service starts without it");
        }
        Ok(())
    }

    async fn remote(&self) -> anyhow::Result<Option<RedisRemote>> {
        let Some(url) = &self.config.cache.redis_url else {
            return Ok(None);
        };
        let prefix = match &self.config.cache.key_prefix {
            Some(prefix) => prefix.clone(),
            None => self.store.cache_epoch().await?,
        };
        RedisRemote::new(url, &prefix)
            .map(Some)
            .context("cache.redis_url")
    }
}

/// `None` where nothing is to be cached.
fn settings(config: &Config, embedded: bool) -> Option<Settings> {
    let cache = &config.cache;
    // Alone, a process hears of no writes but its own.
    let local = cache.local.unwrap_or(embedded || cache.redis_url.is_some());
    cache.enabled.then(|| Settings {
        lifetimes: cache.lifetimes,
        local_capacity: local.then_some(cache.local_capacity),
        operation_timeout: cache.operation_timeout,
        outage_ttl: cache.outage_ttl,
        breaker_failures: cache.breaker_failures,
        breaker_open: cache.breaker_open,
    })
}

/// Says in the log where reads are cached.
fn tell(cache: &ReadCache, config: &config::Cache) {
    match (cache.is_local(), config.redis_url.is_some()) {
        (true, true) => tracing::info!("Reads are cached in this process and in Redis"),
        (true, false) => tracing::info!("Reads are cached in this process"),
        (false, true) => tracing::info!("Reads are cached in Redis"),
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
