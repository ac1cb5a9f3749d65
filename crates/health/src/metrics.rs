//! What Prometheus is told, read at each scrape from what the endpoints answer from.

use std::fmt;

use prometheus::{
    Gauge, GaugeVec, Opts,
    core::{Collector, Desc},
    proto::MetricFamily,
};

use crate::{
    Health,
    knowledge::Status,
    verdict::{Finding, not_ready},
};

/// The metrics of a [`Health`], for a registry; from [`Health::collector`].
pub struct HealthCollector {
    health: Health,
    status: GaugeVec,
    duration: GaugeVec,
    last_success: GaugeVec,
    ready: Gauge,
}

impl HealthCollector {
    pub(crate) fn new(health: Health) -> Self {
        let labelled = |name, help| {
            GaugeVec::new(Opts::new(name, help), &["check"]).expect("the names are well-formed")
        };
        Self {
            health,
            status: labelled(
                "health_check_status",
                "Whether the check is healthy: 1, or 0 when it is not or there is no result yet.",
            ),
            duration: labelled(
                "health_check_duration_seconds",
                "How long the last run of the check took.",
            ),
            last_success: labelled(
                "health_check_last_success_timestamp_seconds",
                "When the check last succeeded, in seconds since 1970; 0 if it never has.",
            ),
            ready: Gauge::new(
                "health_ready",
                "Whether the service wants requests: 1, or 0 when it does not.",
            )
            .expect("the name is well-formed"),
        }
    }

    /// How many label sets there are with the checks added so far, for registries that limit them.
    #[must_use]
    pub fn label_sets(&self) -> usize {
        self.vectors().len() * self.health.look().len() + 1
    }

    fn vectors(&self) -> [&GaugeVec; 3] {
        [&self.status, &self.duration, &self.last_success]
    }

    fn set(&self, finding: &Finding) {
        let known = &finding.knowledge;
        let healthy = known.status == Status::Healthy;
        let run = known.last.as_ref();
        let success = known.last_success;
        let values = [
            f64::from(u8::from(healthy)),
            run.map_or(0.0, |run| run.latency.as_secs_f64()),
            success.map_or(0.0, |time| time.timestamp_micros() as f64 / 1e6),
        ];
        for (vector, value) in self.vectors().into_iter().zip(values) {
            vector.with_label_values(&[finding.name()]).set(value);
        }
    }
}

impl Collector for HealthCollector {
    fn desc(&self) -> Vec<&Desc> {
        let vectors = self.vectors().into_iter().flat_map(Collector::desc);
        vectors.chain(self.ready.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.health.look().iter().for_each(|check| self.set(check));
        let ready = not_ready(&self.health).is_none();
        self.ready.set(f64::from(u8::from(ready)));
        let vectors = self.vectors().into_iter().flat_map(Collector::collect);
        vectors.chain(self.ready.collect()).collect()
    }
}

impl fmt::Debug for HealthCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HealthCollector")
    }
}
