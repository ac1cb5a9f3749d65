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
