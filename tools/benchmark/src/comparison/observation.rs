//! One endpoint of one run, and what it says of each measure.

use super::{Measure, pooled};
use crate::results::{EndpointResult, Interval};

/// Seconds that a run must have: fewer make no sections.
pub(super) const FEWEST_SECONDS: usize = 8;

/// A second that is shorter than this share of the longest was cut off.
const WHOLE: f64 = 0.99;

/// One endpoint of one run.
#[derive(Clone, Copy)]
pub(super) struct Observation<'a> {
    /// What it did.
    pub(super) result: &'a EndpointResult,
    /// Seconds at the beginning in which not all users were there.
    pub(super) ramp_up: f64,
}

impl<'a> Observation<'a> {
    /// The seconds with the whole load, each of them complete.
    pub(super) fn steady(&self) -> &'a [Interval] {
        let all = &self.result.intervals;
        let longest = all.iter().map(|second| second.length).fold(0.0, f64::max);
        let end = match all.last() {
            Some(last) if last.length < WHOLE * longest => all.len() - 1,
            _ => all.len(),
        };
        let begin = all[..end].partition_point(|second| second.start < self.ramp_up);
        &all[begin..end]
    }

    /// What the run as a whole says: by the exact distribution where there was no ramp-up, else by
    /// its steady seconds.
    pub(super) fn value(&self, measure: Measure) -> Option<f64> {
        if self.ramp_up > 0.0 {
            return value(self.steady(), measure);
        }
        let result = self.result;
        match measure {
            Measure::Throughput => positive(result.requests_per_second),
            Measure::Mean => positive(result.avg_response_time),
            Measure::P50 => positive(result.p50_response_time),
            Measure::P95 => positive(result.p95_response_time),
            Measure::P99 => positive(result.p99_response_time),
            Measure::ErrorRate => (result.total_requests > 0).then_some(result.error_rate),
        }
    }

    /// Requests, and how many of them failed, in what [`Self::value`] looks at.
    pub(super) fn requests(&self) -> (u64, u64) {
        if self.ramp_up > 0.0 {
            return requests(self.steady());
        }
        (self.result.total_requests, self.result.failed_requests)
    }

    /// The steady seconds in as many sections as the root of their number.
    pub(super) fn sections(&self) -> Vec<&'a [Interval]> {
        let steady = self.steady();
        let sections = (steady.len() as f64).sqrt().round() as usize;
        (0..sections)
            .map(|i| &steady[i * steady.len() / sections..(i + 1) * steady.len() / sections])
            .collect()
    }
}

/// What these seconds together say; none where nothing was answered.
pub(super) fn value(seconds: &[Interval], measure: Measure) -> Option<f64> {
    match measure {
        Measure::Throughput => throughput(seconds),
        Measure::Mean => mean(seconds),
        Measure::P50 => pooled::percentile(seconds, 0.50),
        Measure::P95 => pooled::percentile(seconds, 0.95),
        Measure::P99 => pooled::percentile(seconds, 0.99),
        Measure::ErrorRate => match requests(seconds) {
            (0, _) => None,
            (all, failed) => Some(failed as f64 / all as f64 * 100.0),
        },
    }
}

/// Requests in these seconds, and how many of them failed.
pub(super) fn requests(seconds: &[Interval]) -> (u64, u64) {
    seconds.iter().fold((0, 0), |(all, failed), second| {
        (all + second.requests, failed + second.failed)
    })
}

fn throughput(seconds: &[Interval]) -> Option<f64> {
    let (requests, _) = requests(seconds);
    let length: f64 = seconds.iter().map(|second| second.length).sum();
    // A section of a stalled server has no requests, and zero has no logarithm.
    (length > 0.0).then(|| (requests as f64).max(0.5) / length)
}

fn mean(seconds: &[Interval]) -> Option<f64> {
    let answered = seconds
        .iter()
        .filter(|second| second.avg_response_time > 0.0);
    let (time, requests) = answered.fold((0.0, 0.0), |(time, requests), second| {
        let of_second = second.requests as f64;
        (
            time + second.avg_response_time * of_second,
            requests + of_second,
        )
    });
    (requests > 0.0).then(|| time / requests)
}

fn positive(value: f64) -> Option<f64> {
    (value > 0.0).then_some(value)
}
