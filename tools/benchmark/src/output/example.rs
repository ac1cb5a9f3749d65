//! Results to write in tests: of a run that saw trouble, of a profile, and of a run without answers.

use std::collections::BTreeMap;

use crate::{
    results::{
        Cleanup, Configuration, Corrected, EndpointResult, Interval, Level, Model, Profile,
        Quantile, Results, Saturation,
    },
    server_view::{ServerEndpoint, ServerView},
};

/// An endpoint whose name tries to be markup.
pub(super) const HOSTILE: &str = "/things?q=<script>alert('1')</script>&\"x\"";

/// Two levels of a closed run of two endpoints, ended by hand, with the server's view.
pub(crate) fn results() -> Results {
    Results {
        timestamp: "2026-01-02T03:04:05.678Z".to_owned(),
        config: configuration("load-test"),
        results: [50, 1000]
            .into_iter()
            .flat_map(|users| ["/health", HOSTILE].map(|path| endpoint(path, users)))
            .collect(),
        levels: [50, 1000].map(level).to_vec(),
        saturation: Some(Saturation {
            users: 1000,
            reason: "throughput stopped growing".to_owned(),
        }),
        server: server(),
        cleanup: Some(Cleanup {
            deleted: 7,
            failed: 1,
        }),
        interrupted: true,
    }
}

/// A profile of one endpoint.
pub(super) fn profile() -> Results {
    let mut result = endpoint("/health", 1);
    result.corrected = None;
    result.profile = Some(Profile {
        iterations: 200,
        median_response_time: 0.0021,
    });
    Results {
        config: Configuration {
            iterations: Some(200),
            ..configuration("profile")
        },
        results: vec![result],
        levels: vec![level(1)],
        saturation: None,
        server: ServerView::default(),
        interrupted: false,
        ..results()
    }
}

/// A run in the open model that got no answer at all.
pub(super) fn nothing() -> Results {
    let mut result = endpoint("/health", 10);
    result.corrected = None;
    result.distribution.clear();
    for time in [
        &mut result.avg_response_time,
        &mut result.min_response_time,
        &mut result.max_response_time,
        &mut result.p50_response_time,
        &mut result.p90_response_time,
        &mut result.p95_response_time,
        &mut result.p99_response_time,
        &mut result.p999_response_time,
        &mut result.requests_per_second,
        &mut result.error_rate,
        &mut result.total_duration,
    ] {
        *time = 0.0;
    }
    (
        result.total_requests,
        result.successful_requests,
        result.failed_requests,
    ) = (0, 0, 0);
    result.status_codes.clear();
    result.errors.clear();
    result.intervals = vec![interval(0, 0)];
    let config = configuration("load-test");
    Results {
        config: Configuration {
            model: Model::Open,
            rate: Some(100.0),
            ..config
        },
        results: vec![result],
        levels: Vec::new(),
        saturation: None,
        ..profile()
    }
}

fn configuration(command: &str) -> Configuration {
    Configuration {
        command: command.to_owned(),
        base_url: "http://localhost:8000".to_owned(),
        endpoints: vec!["/health".to_owned(), HOSTILE.to_owned()],
        weights: vec![3.0, 1.0],
        method: "GET".to_owned(),
        headers: BTreeMap::from([("accept".to_owned(), "<b>".to_owned())]),
        payload_bytes: 12,
        model: Model::Closed,
        users: vec![50, 1000],
        rate: None,
        duration: 30.0,
        ramp_up: 5.0,
        timeout: 10.0,
        iterations: None,
        thresholds: vec!["p95<50ms".to_owned()],
    }
}

fn endpoint(path: &str, users: u32) -> EndpointResult {
    let slow = f64::from(users) / 50.0;
    EndpointResult {
        endpoint: path.to_owned(),
        method: "GET".to_owned(),
        users,
        total_requests: 90_000,
        successful_requests: 89_000,
        failed_requests: 1_000,
        avg_response_time: 0.0025 * slow,
        min_response_time: 0.0004 * slow,
        max_response_time: 1.4 * slow,
        p50_response_time: 0.0021 * slow,
        p90_response_time: 0.004 * slow,
        p95_response_time: 0.006 * slow,
        p99_response_time: 0.02 * slow,
        p999_response_time: 0.4 * slow,
        std_deviation: 0.0004 * slow,
        requests_per_second: 3_000.0,
        error_rate: 100.0 / 90.0,
        status_codes: BTreeMap::from([("200".to_owned(), 89_000), ("503".to_owned(), 900)]),
        errors: BTreeMap::from([("status".to_owned(), 900), ("timeout".to_owned(), 100)]),
        total_duration: 30.01,
        corrected: Some(corrected(slow)),
        profile: None,
        distribution: distribution(slow, 0.55),
        intervals: (0..30).map(|second| interval(second, 3_000)).collect(),
    }
}

fn corrected(slow: f64) -> Corrected {
    Corrected {
        expected_interval: 0.0021 * slow,
        avg_response_time: 0.011 * slow,
        p50_response_time: 0.0022 * slow,
        p90_response_time: 0.005 * slow,
        p95_response_time: 0.03 * slow,
        p99_response_time: 0.6 * slow,
        p999_response_time: 1.3 * slow,
        distribution: distribution(slow, 0.65),
    }
}

/// Response times that grow as a power of one in so many requests.
fn distribution(slow: f64, power: f64) -> Vec<Quantile> {
    let quantile = |step: i32| {
        let one_in = 2f64.powf(f64::from(step) / 2.0);
        Quantile {
            percentile: 100.0 - 100.0 / one_in,
            response_time: 0.0015 * slow * one_in.powf(power),
        }
    };
    let longest = Quantile {
        percentile: 100.0,
        response_time: 1.4 * slow,
    };
    (0..30).map(quantile).chain([longest]).collect()
}

/// A second of a run; the server stalls in the eighteenth.
fn interval(second: u32, requests: u64) -> Interval {
    let wave = 1.0 + 0.2 * f64::from(second).sin();
    let stalled = second == 17;
    let time = |seconds: f64| match requests {
        0 => 0.0,
        _ if stalled => 1.2,
        _ => seconds * wave,
    };
    Interval {
        start: f64::from(second),
        length: 1.0,
        requests: if stalled {
            requests / 10
        } else {
            requests + u64::from(second) * 10
        },
        failed: if stalled { requests / 100 } else { 0 },
        avg_response_time: time(0.0025),
        p50_response_time: time(0.0021),
        p95_response_time: time(0.006),
        p99_response_time: time(0.02),
        max_response_time: time(0.4),
    }
}

fn level(users: u32) -> Level {
    Level {
        users,
        total_requests: 180_000,
        failed_requests: 2_000,
        unsent_requests: 3,
        requests_per_second: 6_000.0,
        error_rate: 100.0 / 90.0,
        p50_response_time: 0.0021,
        p95_response_time: 0.006,
        p99_response_time: 0.02,
        total_duration: 30.01,
    }
}

fn server() -> ServerView {
    ServerView {
        metrics_url: Some("http://localhost:8000/metrics".to_owned()),
        endpoints: vec![ServerEndpoint {
            endpoint: "/health".to_owned(),
            method: "GET".to_owned(),
            paths: vec!["/health".to_owned()],
            client_requests: 180_000,
            client_error_rate: 1.0,
            client_avg_response_time: 0.0025,
            requests: 179_990,
            status_codes: BTreeMap::from([("200".to_owned(), 178_190), ("503".to_owned(), 1_800)]),
            error_rate: 1.0,
            avg_response_time: 0.0011,
            p50_response_time: 0.0009,
            p95_response_time: 0.002,
            p99_response_time: 0.009,
        }],
        disagreements: vec!["GET /health: the server counted 10 requests fewer".to_owned()],
    }
}
