//! `log_messages_total`, `log_messages_dropped_total` and `panics_total`, read from the log.

use std::collections::HashMap;

use prometheus::{
    core::{Collector, Desc},
    proto::{Counter, LabelPair, Metric, MetricFamily, MetricType},
};
use tracing::Level;

use super::sink::Sink;

/// Each level of both counters of messages, and the panics.
pub(crate) const LABEL_SETS: usize = 2 * LEVELS.len() + 1;

/// The levels in the order in which the sink counts them.
const LEVELS: [Level; 5] = [
    Level::ERROR,
    Level::WARN,
    Level::INFO,
    Level::DEBUG,
    Level::TRACE,
];

/// The place of `level` in counts by level.
pub(super) fn rank(level: Level) -> usize {
    LEVELS
        .iter()
        .position(|known| *known == level)
        .expect("there are five levels")
}

/// Counters of the log as they are at the time of a scrape. The log belongs to the process: every
/// registry that shows them shows the same.
pub(crate) struct LogCounts {
    sink: Sink,
    messages: Desc,
    dropped: Desc,
    panics: Desc,
}

impl LogCounts {
    pub(crate) fn new(sink: Sink) -> Result<Self, prometheus::Error> {
        let desc = |name: &str, help: &str, labels: &[&str]| {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            Desc::new(name.to_owned(), help.to_owned(), labels, HashMap::new())
        };
        Ok(Self {
            sink,
            messages: desc(
                "log_messages_total",
                "Messages logged, those that were dropped later included.",
                &["level"],
            )?,
            dropped: desc(
                "log_messages_dropped_total",
                "Messages dropped because the output did not take them fast enough, or at all.",
                &["level"],
            )?,
            panics: desc(
                "panics_total",
                "Panics, those that were caught included.",
                &[],
            )?,
        })
    }
}

impl Collector for LogCounts {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.messages, &self.dropped, &self.panics]
    }

    fn collect(&self) -> Vec<MetricFamily> {
        vec![
            family(&self.messages, by_level(self.sink.logged())),
            family(&self.dropped, by_level(self.sink.dropped())),
            family(&self.panics, vec![counter(Vec::new(), self.sink.panics())]),
        ]
    }
}

fn by_level(counts: [u64; 5]) -> Vec<Metric> {
    let labelled = LEVELS.iter().zip(counts);
    labelled
        .map(|(level, count)| {
            let mut label = LabelPair::default();
            label.set_name("level".to_owned());
            label.set_value(level.as_str().to_owned());
            counter(vec![label], count)
        })
        .collect()
}

fn counter(labels: Vec<LabelPair>, count: u64) -> Metric {
    let mut value = Counter::default();
    value.set_value(count as f64);
    let mut metric = Metric::from_label(labels);
    metric.set_counter(value);
    metric
}

fn family(desc: &Desc, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(desc.fq_name.clone());
    family.set_help(desc.help.clone());
    family.set_field_type(MetricType::COUNTER);
    family.set_metric(metrics);
    family
}
