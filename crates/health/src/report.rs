//! `/health` and `/health/detailed`: what people and dashboards are told.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Health,
    check::Members,
    knowledge::{Knowledge, Status},
    verdict::{Finding, Overall},
};

/// The body of `/health`.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    status: Overall,
    timestamp: String,
    version: &'a str,
    checks: BTreeMap<&'a str, Status>,
}

impl<'a> Summary<'a> {
    pub(crate) fn of(health: &'a Health, findings: &'a [Finding]) -> Self {
        let checks = findings.iter();
        Self {
            status: Overall::of(findings),
            timestamp: rfc3339(Utc::now()),
            version: health.version(),
            checks: checks
                .map(|finding| (finding.name(), finding.status()))
                .collect(),
        }
    }
}

/// The body of `/health/detailed`.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) status: Overall,
    timestamp: String,
    version: &'a str,
    uptime_seconds: f64,
    checks: BTreeMap<&'a str, Members>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(health: &'a Health, findings: &'a [Finding]) -> Self {
        let checks = findings.iter();
        Self {
            status: Overall::of(findings),
            timestamp: rfc3339(Utc::now()),
            version: health.version(),
            uptime_seconds: health.uptime().as_millis() as f64 / 1e3,
            checks: checks
                .map(|finding| (finding.name(), describe(&finding.knowledge)))
                .collect(),
        }
    }
}

/// A check's own members, and then its details; a detail of the same name yields.
fn describe(knowledge: &Knowledge) -> Members {
    let run = knowledge.last.as_deref();
    let mut shown = Members::new();
    let mut show = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    show("status", json!(knowledge.status));
    if let Some(fault) = knowledge.fault {
        show("reason", json!(fault));
    }
    show("checked_at", json!(run.map(|run| rfc3339(run.checked_at))));
    let age = run.map(|run| run.finished.elapsed().as_millis() as u64);
    show("age_ms", json!(age));
    let latency = run.map(|run| run.latency.as_micros() as f64 / 1e3);
    show("latency_ms", json!(latency));
    for (name, value) in run.iter().flat_map(|run| &run.details) {
        shown.entry(name).or_insert_with(|| value.clone());
    }
    shown
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
