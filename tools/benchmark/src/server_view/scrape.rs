//! What a server's metrics said at one moment.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::{
    histogram::Histogram,
    text::{Sample, samples},
};

/// The counter that is read.
pub(super) const REQUESTS: &str = "http_requests_total";
/// The histogram that is read.
pub(super) const DURATION: &str = "http_request_duration_seconds";

/// Start times of one process may differ by what was lost in rounding, in seconds.
const SAME_START: f64 = 1.0;

/// The requests that a server had counted at one moment, and how long they took.
///
/// It has what `http_requests_total` and `http_request_duration_seconds` say by method, endpoint
/// and status code; series that differ in other labels are added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scrape {
    /// `None` where there is no such family, or not with these labels.
    pub(super) counts: Option<BTreeMap<Route, ByStatus>>,
    /// Likewise.
    pub(super) times: Option<BTreeMap<Route, Histogram>>,
    /// When the process began, in seconds of Unix time, where it says so.
    process_start: Option<f64>,
    /// How often the same metrics were asked for between the first scrape of a run and this one.
    pub(super) asked_before: u64,
}

/// A method and an endpoint, as the server labels them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Route {
    pub(super) method: String,
    pub(super) endpoint: String,
}

/// Requests by status code.
pub(super) type ByStatus = BTreeMap<String, f64>;

impl Scrape {
    /// Reads Prometheus' text format.
    ///
    /// # Errors
    /// When it is not of that format, or holds no metric at all.
    pub fn parse(text: &str) -> Result<Self> {
        let samples = samples(text)?;
        ensure!(!samples.is_empty(), "there is no metric in it");
        let mut scrape = Self::default();
        for sample in samples.iter().filter(|sample| !sample.value.is_nan()) {
            scrape.add(sample);
        }
        Ok(scrape)
    }

    fn add(&mut self, sample: &Sample<'_>) {
        match sample.name {
            REQUESTS => self.add_requests(sample),
            "process_start_time_seconds" => self.process_start = Some(sample.value),
            name => {
                if let Some(part) = name.strip_prefix(DURATION) {
                    self.add_times(part, sample);
                }
            }
        }
    }

    fn add_requests(&mut self, sample: &Sample<'_>) {
        if let Some((route, status)) = Route::of(sample).zip(sample.label("status_code")) {
            let counts = self.counts.get_or_insert_default();
            let by_status = counts.entry(route).or_default();
            *by_status.entry(status.to_owned()).or_default() += sample.value;
        }
    }

    fn add_times(&mut self, part: &str, sample: &Sample<'_>) {
        let Some(route) = Route::of(sample) else {
            return;
        };
        let histogram = self.times.get_or_insert_default().entry(route).or_default();
        let bound = sample.label("le").and_then(|le| le.parse().ok());
        match (part, bound) {
            ("_bucket", Some(bound)) => histogram.add_bucket(bound, sample.value),
            ("_sum", _) => histogram.add_sum(sample.value),
            ("_count", _) => histogram.add_count(sample.value),
            _ => (),
        }
    }

    /// Whether these are the counts of another process than `before`: it began at another time, or
    /// has counted less.
    pub(super) fn restarted_since(&self, before: &Self) -> bool {
        let starts = before.process_start.zip(self.process_start);
        let began_again = starts.is_some_and(|(a, b)| (a - b).abs() > SAME_START);
        let mut counts = before.counts.iter().flatten();
        began_again
            || counts.any(|(route, by_status)| {
                let mut by_status = by_status.iter();
                by_status.any(|(status, count)| self.count(route, status) < *count)
            })
    }

    /// What was counted since `before`, which the same process must have said.
    pub(super) fn since(&self, before: &Self) -> Self {
        let mut increase = self.clone();
        for (route, by_status) in increase.counts.iter_mut().flatten() {
            for (status, count) in by_status {
                *count -= before.count(route, status);
            }
        }
        let times_before = before.times.iter().flatten();
        for (route, histogram) in times_before {
            let times = increase.times.as_mut();
            if let Some(times) = times.and_then(|times| times.get_mut(route)) {
                times.subtract(histogram);
            }
        }
        increase
    }

    fn count(&self, route: &Route, status: &str) -> f64 {
        let by_status = self.counts.as_ref().and_then(|counts| counts.get(route));
        by_status
            .and_then(|by_status| by_status.get(status))
            .copied()
            .unwrap_or_default()
    }
}

impl Route {
    fn of(sample: &Sample<'_>) -> Option<Self> {
        Some(Self {
            method: sample.label("method")?.to_owned(),
            endpoint: sample.label("endpoint")?.to_owned(),
        })
    }
}
