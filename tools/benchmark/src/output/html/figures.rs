//! The results as charts.

use charts::{Axis, LineChart, Scale, Series};

use super::words::round_time;
use crate::results::{EndpointResult, Interval, Level, Quantile};

/// Throughput and response times by users, where there are several levels.
pub(super) fn levels(levels: &[Level]) -> Vec<String> {
    if levels.len() < 2 {
        return Vec::new();
    }
    let over_users = |field: fn(&Level) -> f64| {
        Level::by_users(levels)
            .into_iter()
            .map(|level| (f64::from(level.users), field(level)))
            .collect()
    };
    let throughput = LineChart {
        title: "Throughput by users".to_owned(),
        x: Axis::new("users", Scale::FromZero),
        y: Axis::new("requests a second", Scale::FromZero),
        series: vec![line(
            "all endpoints",
            over_users(|level| level.requests_per_second),
        )],
    };
    let times = LineChart {
        title: "Response times by users".to_owned(),
        x: Axis::new("users", Scale::FromZero),
        y: time_axis(),
        series: vec![
            line("p50", over_users(|level| level.p50_response_time)),
            line("p95", over_users(|level| level.p95_response_time)),
            line("p99", over_users(|level| level.p99_response_time)),
        ],
    };
    vec![throughput.svg(), times.svg()]
}

/// What the endpoints did at one level. Failures are drawn where there are some.
pub(super) fn course(level: &[EndpointResult]) -> Vec<String> {
    let rates = |title: &str, label: &str, rate: fn(&Interval) -> f64| LineChart {
        title: title.to_owned(),
        x: seconds_axis(),
        y: Axis::new(label, Scale::FromZero),
        series: level
            .iter()
            .map(|result| line(&name(result), over_time(result, rate)))
            .collect(),
    };
    let throughput = rates("Throughput", "requests a second", |it| {
        it.requests as f64 / it.length
    });
    let failures = rates("Failures", "failures a second", |it| {
        it.failed as f64 / it.length
    });
    let failed = level.iter().any(|result| result.failed_requests > 0);
    let drawn = [distribution(level), throughput].into_iter();
    drawn
        .chain(failed.then_some(failures))
        .chain(level.iter().map(times))
        .map(|chart| chart.svg())
        .collect()
}

/// Response times by percentile, those that are corrected in dashes.
fn distribution(level: &[EndpointResult]) -> LineChart {
    let mut series = Vec::new();
    for result in level {
        series.push(line(
            &name(result),
            quantiles(&result.distribution, result.total_requests),
        ));
        if let Some(corrected) = &result.corrected {
            series.push(Series {
                name: format!("corrected, {}", name(result)),
                points: quantiles(&corrected.distribution, result.total_requests),
                dashed: true,
            });
        }
    }
    LineChart {
        title: "Response times by percentile".to_owned(),
        x: Axis::new(
            "percent of the requests that took no longer",
            Scale::Percentile,
        ),
        y: time_axis(),
        series,
    }
}

/// Response times of one endpoint, second by second.
fn times(result: &EndpointResult) -> LineChart {
    LineChart {
        title: format!("Response times of {}", name(result)),
        x: seconds_axis(),
        y: time_axis(),
        series: vec![
            line("p50", over_time(result, |it| it.p50_response_time)),
            line("p95", over_time(result, |it| it.p95_response_time)),
            line("p99", over_time(result, |it| it.p99_response_time)),
        ],
    }
}

/// A value of each interval. The last one is left out where it is less than half as long as the
/// others: the few answers in it would look like a peak or a drop.
fn over_time(result: &EndpointResult, value: fn(&Interval) -> f64) -> Vec<(f64, f64)> {
    let intervals = &result.intervals;
    let whole = intervals.first().map_or(0.0, |first| first.length);
    intervals
        .iter()
        .filter(|interval| interval.length >= whole / 2.0)
        .map(|interval| (interval.start, value(interval)))
        .collect()
}

/// The longest of so many requests stands where one of them is left over, since 100 is infinitely
/// far to the right.
fn quantiles(distribution: &[Quantile], requests: u64) -> Vec<(f64, f64)> {
    let mut last = 100.0 - 100.0 / requests.max(1) as f64;
    let mut points = Vec::new();
    for quantile in distribution {
        if quantile.percentile < 100.0 {
            last = last.max(quantile.percentile);
        }
        points.push((quantile.percentile.min(last), quantile.response_time));
    }
    points
}

fn line(name: &str, points: Vec<(f64, f64)>) -> Series {
    Series {
        name: name.to_owned(),
        points,
        dashed: false,
    }
}

fn seconds_axis() -> Axis {
    Axis::new("seconds", Scale::Linear)
}

fn time_axis() -> Axis {
    Axis {
        format: round_time,
        ..Axis::new("response time", Scale::Log)
    }
}

fn name(result: &EndpointResult) -> String {
    format!("{} {}", result.method, result.endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::example;

    #[test]
    fn the_end_of_a_run_is_neither_a_peak_nor_a_drop() {
        for (lengths, drawn, reason) in [
            (&[1.0, 1.0, 0.001][..], 2, "hardly an interval"),
            (&[1.0, 1.0, 0.49], 2, "less than half of one"),
            (&[1.0, 1.0, 0.5], 3, "half of one"),
            (&[1.0, 1.0, 1.0], 3, "a whole one"),
            (&[0.3], 1, "a short run"),
        ] {
            let mut result = example::results().results.remove(0);
            result.intervals.truncate(lengths.len());
            for (interval, length) in result.intervals.iter_mut().zip(lengths) {
                interval.length = *length;
            }

            for line in times(&result).series {
                assert_eq!(line.points.len(), drawn, "{reason}: {}", line.name);
            }
        }
    }

    #[test]
    fn the_longest_request_has_a_place() {
        let quantile = |percentile| Quantile {
            percentile,
            response_time: 1.0,
        };
        let distribution = [50.0, 99.0, 100.0].map(quantile);
        let cases = [
            (1_000, 99.9, "one in a thousand"),
            (10, 99.0, "never before those that were shorter"),
            (0, 99.0, "nothing is divided by zero"),
        ];

        for (requests, expected, reason) in cases {
            let points = quantiles(&distribution, requests);

            assert_eq!(points[2].0, expected, "{reason}");
        }
    }
}
