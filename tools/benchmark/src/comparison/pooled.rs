//! Percentiles of several seconds together.

use crate::results::Interval;

/// Halvings of the range in which a percentile is looked for: from ten decades down to a millionth.
const HALVINGS: usize = 32;

/// The response time in seconds that a share of all requests of these seconds did not exceed; none
/// where nothing was answered.
pub(super) fn percentile(seconds: &[Interval], share: f64) -> Option<f64> {
    let curves: Vec<Curve> = seconds.iter().filter_map(Curve::of).collect();
    let requests: f64 = curves.iter().map(|curve| curve.requests).sum();
    let mut lower = curves.iter().map(Curve::shortest).reduce(f64::min)?;
    let mut upper = curves.iter().map(Curve::longest).reduce(f64::max)?;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(lower, upper);
        let within: f64 = curves
            .iter()
            .map(|curve| curve.requests * curve.share(middle))
            .sum();
        if within >= share * requests {
            upper = middle;
        } else {
            lower = middle;
        }
    }
    Some(upper.exp())
}

/// A point of a second's distribution.
#[derive(Clone, Copy)]
struct Knot {
    /// Logarithm of a response time in seconds.
    log_time: f64,
    /// Share of the requests that took no longer.
    share: f64,
}

/// How the response times of one second are spread.
struct Curve {
    requests: f64,
    knots: [Knot; 5],
}

impl Curve {
    /// None of a second without answers.
    fn of(second: &Interval) -> Option<Self> {
        if second.requests == 0 || second.p50_response_time <= 0.0 {
            return None;
        }
        let requests = second.requests as f64;
        let mut log_time = f64::NEG_INFINITY;
        let mut knot = |time: f64, share: f64| {
            // Recorded times are rounded, each for itself: the longest may seem shorter than p99.
            log_time = log_time.max(time.ln());
            // A percentile of few requests is one of them, and so of a larger share.
            let share = (share * requests).ceil() / requests;
            Knot { log_time, share }
        };
        let p50 = knot(second.p50_response_time, 0.50);
        let p95 = knot(second.p95_response_time, 0.95);
        let p99 = knot(second.p99_response_time, 0.99);
        let longest = knot(second.max_response_time, 1.0);
        let knots = [below(p50, p95), p50, p95, p99, longest];
        Some(Self { requests, knots })
    }

    fn shortest(&self) -> f64 {
        self.knots[0].log_time
    }

    fn longest(&self) -> f64 {
        self.knots[4].log_time
    }

    /// The share of requests that took no longer.
    fn share(&self, log_time: f64) -> f64 {
        let passed = self.knots.partition_point(|knot| knot.log_time <= log_time);
        let Some(from) = passed.checked_sub(1).map(|last| self.knots[last]) else {
            return 0.0;
        };
        let Some(to) = self.knots.get(passed) else {
            return 1.0;
        };
        let way = (log_time - from.log_time) / (to.log_time - from.log_time);
        from.share + way * (to.share - from.share)
    }
}

/// Where the shorter half begins, of which a second says nothing: it is taken as steep as the
/// longer one up to p95.
fn below(p50: Knot, p95: Knot) -> Knot {
    let rise = p95.share - p50.share;
    let reach = if rise > 0.0 {
        (p95.log_time - p50.log_time) * p50.share / rise
    } else {
        0.0
    };
    Knot {
        log_time: p50.log_time - reach,
        share: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::comparison::simulation::{Server, simulate};

    #[test]
    fn the_percentile_of_all_requests_is_found_from_the_seconds() {
        let usual = Server::USUAL;
        let servers = [
            (usual, 0.03, "a hundred requests in each second"),
            (
                Server {
                    median: 0.02,
                    ..usual
                },
                0.10,
                "ten requests in each second, whose p99 is their longest",
            ),
            (
                Server {
                    wander: 0.5,
                    ..usual
                },
                0.05,
                "seconds that differ much",
            ),
            (
                Server {
                    stalls: 0.2,
                    ..usual
                },
                0.25,
                "a second in five stalls: between its percentiles \
             nothing is known",
            ),
        ];

        for (server, tolerance, reason) in servers {
            let run = simulate(
                &Server {
                    seconds: 300,
                    ..server
                },
                &mut Rng::with_seed(3),
            );
            let result = &run.results[0];
            let exact = [
                (0.50, result.p50_response_time),
                (0.95, result.p95_response_time),
                (0.99, result.p99_response_time),
            ];
            for (share, exact) in exact {
                let found = percentile(&result.intervals, share).unwrap();
                assert!(
                    (found / exact).ln().abs() < tolerance,
                    "{reason}: {share} is {found}, and truly {exact}"
                );
            }
        }
    }

    #[test]
    fn one_stalled_second_in_fifty_is_seen_in_p99() {
        let mut run = simulate(
            &Server {
                seconds: 50,
                ..Server::USUAL
            },
            &mut Rng::with_seed(3),
        );
        let seconds = &mut run.results[0].intervals;
        let before = percentile(seconds, 0.99).unwrap();
        let stalled = &mut seconds[20];
        for time in [
            &mut stalled.p50_response_time,
            &mut stalled.p95_response_time,
            &mut stalled.p99_response_time,
            &mut stalled.max_response_time,
        ] {
            *time *= 100.0;
        }

        let after = percentile(seconds, 0.99).unwrap();

        assert!(after > 10.0 * before, "{before} became {after}");
    }

    #[test]
    fn seconds_without_answers_have_no_percentile() {
        let mut run = simulate(
            &Server {
                seconds: 2,
                ..Server::USUAL
            },
            &mut Rng::with_seed(3),
        );
        let seconds = &mut run.results[0].intervals;
        for second in seconds.iter_mut() {
            second.p50_response_time = 0.0;
        }

        assert_eq!(percentile(seconds, 0.5), None);
    }
}
