//! What the service's health is made of.

use std::{convert::Infallible, path::PathBuf, sync::Arc};

use health::{Check, Health, HealthSettings, Policy};
use serde_json::json;
use telemetry::{Disk, Memory};

use super::caching;
use crate::{
    catalogue::{Catalogue, ReadCache},
    config::{self, Config},
    store::{self, Store},
};

/// The health settings of the configuration.
pub(super) fn settings(config: &config::Health) -> HealthSettings {
    HealthSettings {
        interval: config.interval,
        timeout: config.timeout,
        failure_threshold: config.failure_threshold,
        success_threshold: config.success_threshold,
        stall_after: config.stall_after,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Adds the checks, unless they are switched off.
///
/// Memory and disk are measured and not judged: how little is too little, alerts decide.
pub(super) fn add(health: &Health, config: &Config, store: &Arc<Store>, catalogue: &Catalogue) {
    if !config.health.enabled {
        return;
    }
    let volume = disk_path(config);
    let memory = Check::blocking("memory", Memory::read);
    let disk = Check::blocking("disk", move || Disk::of(&volume));
    health
        .add(database(store).policy(config.health.policy.database))
        .add(memory.policy(Policy::Ignored))
        .add(disk.policy(Policy::Ignored));
    if config.cache.is_shared() {
        health.add(cache(catalogue).policy(config.health.policy.cache));
    }
}

/// A path on the volume that the disk check and the `disk_*` metrics look at.
pub(super) fn disk_path(config: &Config) -> PathBuf {
    let configured = config.health.disk_path.clone();
    configured.unwrap_or_else(|| store::folder(&config.database))
}

fn database(store: &Arc<Store>) -> Check {
    let (probed, shown) = (Arc::clone(store), Arc::clone(store));
    Check::new("database", move || {
        let store = Arc::clone(&probed);
        async move { store.ping().await }
    })
    .details(move || json!({ "pool": shown.pool() }))
}

/// Redis tells of changes, and so it answers: a heartbeat came back on both connections.
fn cache(catalogue: &Catalogue) -> Check {
    let (probed, shown) = (catalogue.clone(), catalogue.clone());
    Check::new("cache", move || {
        let catalogue = probed.clone();
        async move {
            caching::heard(&catalogue).await;
            Ok::<(), Infallible>(())
        }
    })
    .details(move || shown.cache().map(ReadCache::condition))
}
