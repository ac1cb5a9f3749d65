//! Metrics that are read when a scrape asks, instead of being kept up to date.

use std::collections::HashMap;

use prometheus::{
    core::{Collector, Desc},
    proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};

/// One metric, and how its value is found in what was read for a scrape.
pub(crate) struct Reading<S> {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    label: Option<(&'static str, &'static str)>,
    value: fn(&S) -> Option<f64>,
}

impl<S> Reading<S> {
    /// A gauge; without a value it is not in the scrape, for a made-up one would be believed.
    pub(crate) const fn gauge(
        name: &'static str,
        help: &'static str,
        value: fn(&S) -> Option<f64>,
    ) -> Self {
        Self {
            name,
            help,
            kind: MetricType::GAUGE,
            label: None,
            value,
        }
    }

    /// A counter that somebody else keeps, such as the kernel.
    pub(crate) const fn counter(
        name: &'static str,
        help: &'static str,
        value: fn(&S) -> Option<f64>,
    ) -> Self {
        Self {
            kind: MetricType::COUNTER,
            ..Self::gauge(name, help, value)
        }
    }

    /// The same with a label.
    pub(crate) const fn labelled(self, name: &'static str, value: &'static str) -> Self {
        Self {
            label: Some((name, value)),
            ..self
        }
    }

    fn desc(&self) -> prometheus::Result<Desc> {
        let labels = self.label.iter();
        let labels: HashMap<_, _> = labels
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Desc::new(self.name.to_owned(), self.help.to_owned(), vec![], labels)
    }

    /// The family with this one metric; the registry unites families of the same name.
    fn family(&self, source: &S) -> Option<MetricFamily> {
        let mut metric = Metric::from_label(self.label.iter().map(label_pair).collect());
        let value = (self.value)(source)?;
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        let mut family = MetricFamily::default();
        family.set_name(self.name.to_owned());
        family.set_help(self.help.to_owned());
        family.set_field_type(self.kind);
        family.set_metric(vec![metric]);
        Some(family)
    }
}

fn label_pair((name, value): &(&str, &str)) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name((*name).to_owned());
    pair.set_value((*value).to_owned());
    pair
}

/// Reads its source once per scrape and takes every metric of the table from it.
pub(super) struct Readings<S: 'static, F> {
    table: &'static [Reading<S>],
    descs: Vec<Desc>,
    read: F,
}

impl<S, F> Readings<S, F> {
    pub(super) fn new(table: &'static [Reading<S>], read: F) -> prometheus::Result<Self> {
        let descs = table.iter().map(Reading::desc).collect::<Result<_, _>>()?;
        Ok(Self { table, descs, read })
    }
}

impl<S, F: Fn() -> S + Send + Sync> Collector for Readings<S, F> {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let source = (self.read)();
        let families = self.table.iter();
        families
            .filter_map(|reading| reading.family(&source))
            .collect()
    }
}
