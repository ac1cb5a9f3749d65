//! The book of one level: every request is entered once, when it has ended.

use std::time::{Duration, Instant};

use super::{
    latency::Latency,
    tally::{Outcome, Tally, share},
};
use crate::{
    http::Kind,
    results::{EndpointResult, Interval, Level},
};

/// How long the intervals are into which a run is divided.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a row of the book is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) method: String,
    pub(crate) endpoint: String,
}

/// All that happened at one level of users.
#[derive(Debug)]
pub(crate) struct Ledger {
    began: Instant,
    entries: Vec<Entry>,
    /// When the current interval began.
    interval: Duration,
    /// When the last request ended, or the time for requests, whichever was later.
    ended: Duration,
    unsent: u64,
}

#[derive(Debug)]
struct Entry {
    row: Row,
    in_flight: u64,
    tally: Tally,
    latency: Latency,
    recent: Recent,
    intervals: Vec<Interval>,
}

/// The current interval.
#[derive(Debug)]
struct Recent {
    requests: u64,
    failed: u64,
    latency: Latency,
}

/// What there is to see while it runs, all endpoints together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Live {
    pub(crate) total: u64,
    pub(crate) failed: u64,
    pub(crate) in_flight: u64,
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
}

impl Ledger {
    /// A book with these rows, whose times count from when it `began`.
    pub(crate) fn open(rows: impl IntoIterator<Item = Row>, began: Instant) -> Self {
        Self {
            began,
            entries: rows.into_iter().map(Entry::new).collect(),
            interval: Duration::ZERO,
            ended: Duration::ZERO,
            unsent: 0,
        }
    }

    /// A request goes out.
    pub(crate) fn depart(&mut self, row: usize) {
        self.entries[row].in_flight += 1;
    }

    /// A request has ended at the moment `at`; its time counts `since`. Requests are entered in the
    /// order in which they end.
    pub(crate) fn arrive(&mut self, row: usize, since: Instant, at: Instant, outcome: Outcome) {
        self.ended = at - self.began;
        self.turn(self.ended);
        let entry = &mut self.entries[row];
        entry.in_flight -= 1;
        entry.tally.count(outcome);
        entry.recent.requests += 1;
        entry.recent.failed += u64::from(outcome.failure.is_some());
        if outcome.is_timed() {
            entry
                .recent
                .latency
                .record(at.saturating_duration_since(since));
        }
    }

    /// From the moment `at` on nobody waits for what is under way.
    pub(crate) fn abort(&mut self, at: Instant) {
        for row in 0..self.entries.len() {
            for _ in 0..self.entries[row].in_flight {
                self.arrive(row, at, at, Outcome::unanswered(Kind::Aborted));
            }
        }
    }

    /// Requests could be sent until `moment`: the time to it counts, answers or not.
    pub(crate) fn last_until(&mut self, moment: Instant) {
        let length = moment.saturating_duration_since(self.began);
        self.ended = self.ended.max(length);
    }

    /// Requests whose turn never came.
    pub(crate) fn leave_unsent(&mut self, requests: u64) {
        self.unsent += requests;
    }

    /// How it stands.
    pub(crate) fn live(&self) -> Live {
        let mut latency = Latency::new();
        for entry in &self.entries {
            latency.add(&entry.latency);
            latency.add(&entry.recent.latency);
        }
        Live {
            total: self.sum(Tally::total),
            failed: self.sum(Tally::failed),
            in_flight: self.entries.iter().map(|entry| entry.in_flight).sum(),
            p50: latency.percentile(50.0),
            p95: latency.percentile(95.0),
            p99: latency.percentile(99.0),
        }
    }

    /// Ends the book: all endpoints together, and one by one; these `corrected` for a stalled server
    /// where each user waits for it.
    pub(crate) fn close(mut self, users: u32, corrected: bool) -> (Level, Vec<EndpointResult>) {
        self.turn(self.ended);
        let length = self.ended.saturating_sub(self.interval);
        let mut all = Latency::new();
        for entry in &mut self.entries {
            entry.end_interval(self.interval, length);
            all.add(&entry.latency);
        }
        let seconds = self.ended.as_secs_f64();
        let (total, failed) = (self.sum(Tally::total), self.sum(Tally::failed));
        let level = Level {
            users,
            total_requests: total,
            failed_requests: failed,
            unsent_requests: self.unsent,
            requests_per_second: rate(total, seconds),
            error_rate: share(failed, total),
            p50_response_time: all.percentile(50.0),
            p95_response_time: all.percentile(95.0),
            p99_response_time: all.percentile(99.0),
            total_duration: seconds,
        };
        let typical = all.percentile(50.0);
        let results = self.entries.into_iter().map(|entry| {
            // A user that asks for several endpoints comes to each of them less often.
            let turns = total as f64 / entry.tally.total().max(1) as f64;
            entry.result(users, seconds, corrected.then_some(typical * turns))
        });
        (level, results.collect())
    }

    fn sum(&self, of: impl Fn(&Tally) -> u64) -> u64 {
        self.entries.iter().map(|entry| of(&entry.tally)).sum()
    }

    /// Ends the intervals that are over at `now`.
    fn turn(&mut self, now: Duration) {
        while now >= self.interval + INTERVAL {
            for entry in &mut self.entries {
                entry.end_interval(self.interval, INTERVAL);
            }
            self.interval += INTERVAL;
        }
    }
}

impl Entry {
    fn new(row: Row) -> Self {
        Self {
            row,
            in_flight: 0,
            tally: Tally::default(),
            latency: Latency::new(),
            recent: Recent {
                requests: 0,
                failed: 0,
                latency: Latency::new(),
            },
            intervals: Vec::new(),
        }
    }

    fn end_interval(&mut self, start: Duration, length: Duration) {
        let recent = &mut self.recent;
        if length.is_zero() && recent.requests == 0 {
            return;
        }
        self.intervals.push(Interval {
            start: start.as_secs_f64(),
            length: length.as_secs_f64(),
            requests: recent.requests,
            failed: recent.failed,
            avg_response_time: recent.latency.mean(),
            p50_response_time: recent.latency.percentile(50.0),
            p95_response_time: recent.latency.percentile(95.0),
            p99_response_time: recent.latency.percentile(99.0),
            max_response_time: recent.latency.longest(),
        });
        self.latency.add(&recent.latency);
        recent.latency.clear();
        (recent.requests, recent.failed) = (0, 0);
    }

    fn result(self, users: u32, seconds: f64, expected_interval: Option<f64>) -> EndpointResult {
        let (tally, latency) = (&self.tally, &self.latency);
        EndpointResult {
            endpoint: self.row.endpoint,
            method: self.row.method,
            users,
            total_requests: tally.total(),
            successful_requests: tally.total() - tally.failed(),
            failed_requests: tally.failed(),
            avg_response_time: latency.mean(),
            min_response_time: latency.shortest(),
            max_response_time: latency.longest(),
            p50_response_time: latency.percentile(50.0),
            p90_response_time: latency.percentile(90.0),
            p95_response_time: latency.percentile(95.0),
            p99_response_time: latency.percentile(99.0),
            p999_response_time: latency.percentile(99.9),
            std_deviation: latency.standard_deviation(),
            requests_per_second: rate(tally.total(), seconds),
            error_rate: tally.error_rate(),
            status_codes: tally.status_codes(),
            errors: tally.errors(),
            total_duration: seconds,
            corrected: expected_interval.map(|interval| latency.corrected(interval)),
            profile: None,
            distribution: latency.distribution(),
            intervals: self.intervals,
        }
    }
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        count as f64 / seconds
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::*;

    #[test]
    fn a_request_takes_from_its_beginning_to_its_end_and_no_longer() {
        let began = Instant::now();
        let row = Row {
            method: "GET".to_owned(),
            endpoint: "/".to_owned(),
        };
        let mut ledger = Ledger::open([row], began);
        let at = |ms| began + Duration::from_millis(ms);

        for (since, ended) in [(0, 10), (500, 1500)] {
            ledger.depart(0);
            ledger.arrive(0, at(since), at(ended), Outcome::of(StatusCode::OK));
        }
        let (level, results) = ledger.close(1, false);

        let result = &results[0];
        let times = (result.min_response_time, result.max_response_time);
        assert_eq!(times, (0.01, 1.0));
        assert_eq!(level.total_duration, 1.5);
        let counts: Vec<u64> = result.intervals.iter().map(|it| it.requests).collect();
        assert_eq!(counts, [1, 1]);
    }
}
