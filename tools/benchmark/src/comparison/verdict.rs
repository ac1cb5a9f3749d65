//! What an interval allows to say, in words.

use super::{Bounds, Measure, Verdict};

/// What follows from the interval of a ratio, or of a difference of error rates.
pub(super) fn of(measure: Measure, bounds: Bounds) -> Verdict {
    let none = if measure == Measure::ErrorRate {
        0.0
    } else {
        1.0
    };
    let (more, less) = match measure {
        Measure::Throughput => (Verdict::Faster, Verdict::Slower),
        Measure::ErrorRate => (Verdict::MoreErrors, Verdict::FewerErrors),
        _ => (Verdict::Slower, Verdict::Faster),
    };
    if bounds.lower > none {
        more
    } else if bounds.upper < none {
        less
    } else {
        Verdict::NoDifferenceShown
    }
}

/// A verdict with its numbers, such as `faster by 8 % (5 to 11)`.
pub(super) fn statement(measure: Measure, verdict: Verdict, change: f64, bounds: Bounds) -> String {
    let (unit, percent): (_, fn(f64) -> f64) = match measure {
        Measure::ErrorRate => ("points", |difference| difference),
        _ => ("%", |ratio| (ratio - 1.0) * 100.0),
    };
    let (change, lower, upper) = (
        percent(change),
        percent(bounds.lower),
        percent(bounds.upper),
    );
    let word = match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::MoreErrors => "more errors",
        Verdict::FewerErrors => "fewer errors",
        Verdict::NoDifferenceShown | Verdict::TooFew => {
            let digits = decimals(lower.abs().max(upper.abs()));
            return format!("no difference shown ({lower:+.digits$} to {upper:+.digits$} {unit})");
        }
    };
    let (near, far) = (lower.abs().min(upper.abs()), lower.abs().max(upper.abs()));
    let (digits, change) = (decimals(near), change.abs());
    format!("{word} by {change:.digits$} {unit} ({near:.digits$} to {far:.digits$})")
}

/// As many as show that a number is not zero.
fn decimals(number: f64) -> usize {
    match number {
        n if n >= 1.0 => 0,
        n if n >= 0.1 => 1,
        n if n >= 0.01 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_put_in_words() {
        let cases = [
            (
                Measure::P50,
                [0.92, 0.89, 0.95],
                "faster by 8 % (5 to 11)",
                "a shorter time",
            ),
            (
                Measure::P50,
                [1.5, 1.25, 1.8],
                "slower by 50 % (25 to 80)",
                "a longer time",
            ),
            (
                Measure::Throughput,
                [1.08, 1.05, 1.11],
                "faster by 8 % (5 to 11)",
                "more requests",
            ),
            (
                Measure::Throughput,
                [0.5, 0.4, 0.6],
                "slower by 50 % (40 to 60)",
                "fewer requests",
            ),
            (
                Measure::Mean,
                [1.0, 0.98, 1.03],
                "no difference shown (-2 to +3 %)",
                "room for none",
            ),
            (
                Measure::Mean,
                [1.03, 1.004, 1.057],
                "slower by 3.0 % (0.4 to 5.7)",
                "an end near none",
            ),
            (
                Measure::P99,
                [1.0, 0.999, 1.0012],
                "no difference shown (-0.1 to +0.1 %)",
                "little room",
            ),
            (
                Measure::ErrorRate,
                [0.5, 0.2, 0.8],
                "more errors by 0.5 points (0.2 to 0.8)",
                "more",
            ),
            (
                Measure::ErrorRate,
                [-3.0, -4.0, -2.0],
                "fewer errors by 3 points (2 to 4)",
                "fewer",
            ),
            (
                Measure::ErrorRate,
                [0.0, -0.04, 0.05],
                "no difference shown (-0.04 to +0.05 points)",
                "no errors at all",
            ),
        ];

        for (measure, [change, lower, upper], expected, reason) in cases {
            let bounds = Bounds { lower, upper };
            let verdict = of(measure, bounds);
            assert_eq!(
                statement(measure, verdict, change, bounds),
                expected,
                "{reason}"
            );
        }
    }
}
