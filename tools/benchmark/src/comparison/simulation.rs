//! Load tests that never happened, of a server whose speed wanders as real ones do.

use std::{collections::BTreeMap, f64::consts::TAU};

use fastrand::Rng;

use crate::{
    results::{Configuration, EndpointResult, Interval, Model, Results},
    server_view::ServerView,
};

/// A server whose speed wanders from second to second, and how it is asked.
#[derive(Clone, Copy)]
pub(super) struct Server {
    /// Median response time in seconds.
    pub(super) median: f64,
    /// How much the speed of a second resembles that of the one before.
    pub(super) correlation: f64,
    /// Standard deviation of the logarithm of the speed, over a long time.
    pub(super) wander: f64,
    /// Share of seconds in which the slowest tenth takes ten times as long.
    pub(super) stalls: f64,
    /// Share of requests that fail.
    pub(super) failing: f64,
    /// Seconds of a run.
    pub(super) seconds: usize,
}

impl Server {
    /// A server like many.
    pub(super) const USUAL: Self = Self {
        median: 0.002,
        correlation: 0.6,
        wander: 0.06,
        stalls: 0.0,
        failing: 0.0,
        seconds: 60,
    };

    /// The response times of one second, of a user that waits for its answers and then a while.
    fn second(&self, median: f64, random: &mut Rng) -> Vec<f64> {
        const BUSY_SECONDS: f64 = 0.2;
        let stalled = random.f64() < self.stalls;
        let mut left = BUSY_SECONDS;
        let mut times = Vec::new();
        while left > 0.0 {
            let slow = if stalled && random.f64() < 0.1 {
                10.0
            } else {
                1.0
            };
            let time = median * (0.35 * normal(random)).exp() * slow;
            left -= time;
            times.push(time);
        }
        times
    }

    fn interval(&self, start: usize, times: &[f64], random: &mut Rng) -> Interval {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        Interval {
            start: start as f64,
            length: 1.0,
            requests: times.len() as u64,
            failed: times.iter().filter(|_| random.f64() < self.failing).count() as u64,
            avg_response_time: mean(times),
            p50_response_time: quantile(&sorted, 0.5),
            p95_response_time: quantile(&sorted, 0.95),
            p99_response_time: quantile(&sorted, 0.99),
            max_response_time: quantile(&sorted, 1.0),
        }
    }
}

/// Runs a load test against the server.
pub(super) fn simulate(server: &Server, random: &mut Rng) -> Results {
    let mut speed = server.wander * normal(random);
    let fresh = (1.0 - server.correlation.powi(2)).sqrt() * server.wander;
    let mut times = Vec::new();
    let mut intervals = Vec::new();
    for start in 0..server.seconds {
        speed = server.correlation * speed + fresh * normal(random);
        let second = server.second(server.median * speed.exp(), random);
        intervals.push(server.interval(start, &second, random));
        times.extend(second);
    }
    results(endpoint(times, intervals))
}

/// The smallest of the sorted times that a share of them does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len() as f64
}

/// A random number of the standard normal distribution (Box and Muller).
fn normal(random: &mut Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (TAU * random.f64()).cos()
}

fn endpoint(mut times: Vec<f64>, intervals: Vec<Interval>) -> EndpointResult {
    times.sort_by(f64::total_cmp);
    let total_requests = times.len() as u64;
    let failed_requests = intervals.iter().map(|second| second.failed).sum::<u64>();
    let total_duration = intervals.len() as f64;
    EndpointResult {
        endpoint: "/things".to_owned(),
        method: "GET".to_owned(),
        users: 1,
        total_requests,
        successful_requests: total_requests - failed_requests,
        failed_requests,
        std_deviation: 0.0,
        avg_response_time: mean(&times),
        min_response_time: times[0],
        max_response_time: quantile(&times, 1.0),
        p50_response_time: quantile(&times, 0.5),
        p90_response_time: quantile(&times, 0.9),
        p95_response_time: quantile(&times, 0.95),
        p99_response_time: quantile(&times, 0.99),
        p999_response_time: quantile(&times, 0.999),
        requests_per_second: total_requests as f64 / total_duration,
        error_rate: failed_requests as f64 / total_requests as f64 * 100.0,
        status_codes: BTreeMap::new(),
        errors: BTreeMap::new(),
        total_duration,
        corrected: None,
        profile: None,
        distribution: Vec::new(),
        intervals,
    }
}

fn results(result: EndpointResult) -> Results {
    Results {
        timestamp: "2026-01-05T12:00:00Z".to_owned(),
        config: Configuration {
            command: "load-test".to_owned(),
            base_url: "http://localhost:8000".to_owned(),
            endpoints: vec![result.endpoint.clone()],
            weights: vec![1.0],
            method: result.method.clone(),
            headers: BTreeMap::new(),
            payload_bytes: 0,
            model: Model::Closed,
            users: vec![result.users],
            rate: None,
            duration: result.total_duration,
            ramp_up: 0.0,
            timeout: 10.0,
            iterations: None,
            thresholds: Vec::new(),
        },
        results: vec![result],
        levels: Vec::new(),
        saturation: None,
        server: ServerView::default(),
        cleanup: None,
        interrupted: false,
    }
}
