//! What the service's health is made of.

use std::sync::Arc;

use health::{Check, Health, HealthSettings};
use serde_json::json;

use crate::{config, store::Store};

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
pub(super) fn add(health: &Health, config: &config::Health, store: &Arc<Store>) {
    if config.enabled {
        health.add(database(store).policy(config.policy.database));
    }
}

fn database(store: &Arc<Store>) -> Check {
    let (probed, shown) = (Arc::clone(store), Arc::clone(store));
    Check::new("database", move || {
        let store = Arc::clone(&probed);
        async move { store.ping().await }
    })
    .details(move || json!({ "pool": shown.pool() }))
}
