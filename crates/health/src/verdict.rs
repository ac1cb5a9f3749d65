//! What the parts add up to.

use serde::Serialize;

use crate::{
    Health, Policy,
    check::{Check, Status},
};

/// The state of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Overall {
    Healthy,
    Degraded,
    Unhealthy,
}

impl Overall {
    pub(crate) fn of<'a>(checks: impl Iterator<Item = &'a Check>) -> Self {
        let mut overall = Self::Healthy;
        for check in checks.filter(|check| check.status() != Status::Healthy) {
            match check.policy {
                Policy::Required => return Self::Unhealthy,
                Policy::Degraded => overall = Self::Degraded,
                Policy::Ignored => {}
            }
        }
        overall
    }
}

/// Why the service should get no requests, `None` when it should.
///
/// A known fault goes before `starting`: it is what somebody can do something about.
pub(crate) fn not_ready(health: &Health) -> Option<String> {
    if health.is_draining() {
        return Some("draining".to_owned());
    }
    let mut checks = health.checks();
    checks.retain(|check| check.policy == Policy::Required);
    if let Some(failed) = checks
        .iter()
        .find(|check| check.status() == Status::Unhealthy)
    {
        return Some(failed.reason.clone());
    }
    let unknown = checks.iter().any(|check| check.status() == Status::Unknown);
    (unknown || !health.waiting_for().is_empty()).then(|| "starting".to_owned())
}
