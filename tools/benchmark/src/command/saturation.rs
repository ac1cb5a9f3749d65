//! Where more users no longer mean more answers.

use crate::results::{Level, Model, Saturation};

/// The share of the growth in users that throughput must keep up with, to count as growing: with
/// twice the users, a tenth more answers.
const LEAST_GROWTH: f64 = 0.1;

/// The fewest users with which throughput no longer grew or errors began, in whatever order the
/// levels were run. In the open model throughput is what was asked for, and errors alone count.
pub(super) fn find(levels: &[Level], model: Model) -> Option<Saturation> {
    Level::by_users(levels).windows(2).find_map(|pair| {
        let reason = reason(pair[0], pair[1], model)?;
        Some(Saturation {
            users: pair[1].users,
            reason,
        })
    })
}

fn reason(before: &Level, after: &Level, model: Model) -> Option<String> {
    let (fewer, more) = (f64::from(before.users), f64::from(after.users));
    if more <= fewer {
        return None;
    }
    if before.failed_requests == 0 && after.failed_requests > 0 {
        return Some(format!(
            "errors began: {:.2} % of the requests of {more} users failed, none of {fewer}",
            after.error_rate
        ));
    }
    if model == Model::Open {
        return None;
    }
    let growth = after.requests_per_second / before.requests_per_second - 1.0;
    let enough = LEAST_GROWTH * (more / fewer - 1.0).min(1.0);
    // Not a number where nothing was answered: neither growth nor its end.
    (growth < enough).then(|| {
        format!(
            "throughput stopped growing: {more} users had {:.0} answers a second, {fewer} had {:.0}",
            after.requests_per_second, before.requests_per_second
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level((users, requests_per_second, failed_requests): (u32, f64, u64)) -> Level {
        Level {
            users,
            requests_per_second,
            failed_requests,
            total_requests: 1000,
            unsent_requests: 0,
            error_rate: failed_requests as f64 / 10.0,
            p50_response_time: 0.0,
            p95_response_time: 0.0,
            p99_response_time: 0.0,
            total_duration: 1.0,
        }
    }

    #[test]
    fn saturation_is_where_throughput_stops_growing_or_errors_begin() {
        let still = "stopped growing";
        let errors = "errors began";
        for (levels, found, why) in [
            (vec![(50, 1e3, 0)], None, "one level shows nothing"),
            (vec![(50, 1e3, 0), (100, 1.9e3, 0)], None, "it grows"),
            (
                vec![(50, 1e3, 0), (100, 1.05e3, 0)],
                Some((100, still)),
                "twice the users, 5 % more",
            ),
            (
                vec![(50, 1e3, 0), (55, 1.09e3, 0)],
                None,
                "a tenth more users, 9 % more",
            ),
            (
                vec![(10, 1e3, 0), (20, 1.9e3, 0), (40, 1.9e3, 0)],
                Some((40, still)),
                "the second step",
            ),
            (
                vec![(10, 1e3, 0), (20, 1.9e3, 3), (40, 1.9e3, 9)],
                Some((20, errors)),
                "errors first",
            ),
            (
                vec![(10, 1e3, 2), (20, 1.9e3, 3)],
                None,
                "errors were there before",
            ),
            (
                vec![(100, 1e3, 0), (50, 0.5e3, 0)],
                None,
                "it grows backwards",
            ),
            (
                vec![(1000, 1e3, 0), (100, 1e3, 0), (50, 0.5e3, 0)],
                Some((1000, still)),
                "the most users came first",
            ),
            (vec![(50, 1e3, 0), (50, 0.9e3, 0)], None, "as many users"),
        ] {
            let levels: Vec<Level> = levels.into_iter().map(level).collect();

            let saturation = find(&levels, Model::Closed);

            let users = saturation.as_ref().map(|found| found.users);
            assert_eq!(users, found.map(|(users, _)| users), "{why}");
            let reason = saturation.map(|found| found.reason).unwrap_or_default();
            assert!(
                reason.contains(found.map_or("", |(_, words)| words)),
                "{why}: {reason}"
            );
        }
    }

    #[test]
    fn in_the_open_model_throughput_has_no_reason_to_grow() {
        let rates = [(10, 500.0, 0), (20, 500.0, 0), (40, 500.0, 1)].map(level);

        assert_eq!(find(&rates[..2], Model::Open), None);
        assert_eq!(find(&rates, Model::Open).unwrap().users, 40);
    }
}
