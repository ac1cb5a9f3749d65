//! What the parts add up to.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    Health, Policy,
    knowledge::{Knowledge, Status},
    watch::Watch,
};

/// A check and what is known of it at one moment, so that one answer does not contradict itself.
pub(crate) struct Finding {
    pub(crate) watch: Arc<Watch>,
    pub(crate) knowledge: Knowledge,
}

impl Finding {
    pub(crate) fn name(&self) -> &str {
        &self.watch.check.name
    }

    pub(crate) fn status(&self) -> Status {
        self.knowledge.status
    }

    fn policy(&self) -> Policy {
        self.watch.check.policy
    }
}

/// The state of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Overall {
    Healthy,
    Degraded,
    Unhealthy,
}

impl Overall {
    pub(crate) fn of(findings: &[Finding]) -> Self {
        let mut overall = Self::Healthy;
        let not_healthy = |finding: &&Finding| finding.status() != Status::Healthy;
        for finding in findings.iter().filter(not_healthy) {
            match finding.policy() {
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
    let mut findings = health.look();
    findings.retain(|finding| finding.policy() == Policy::Required);
    let is = |status| move |finding: &&Finding| finding.status() == status;
    if let Some(failed) = findings.iter().find(is(Status::Unhealthy)) {
        return Some(failed.watch.check.reason.clone());
    }
    let unknown = findings.iter().find(is(Status::Unknown)).is_some();
    (unknown || !health.waiting_for().is_empty()).then(|| "starting".to_owned())
}
