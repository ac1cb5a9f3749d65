//! Differences, and how far they can be trusted.

use statrs::{
    distribution::{ContinuousCDF, StudentsT},
    statistics::Statistics,
};

/// What an interval of 95 % leaves below its upper end.
const UPPER_SHARE: f64 = 0.975;

/// The same of the normal distribution, in standard deviations.
const NORMAL: f64 = 1.959_964;

/// More than this is a trend, and no seconds tell how long it goes on.
const LARGEST_CORRELATION: f64 = 0.9;

/// A difference with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// New less old.
    pub(super) difference: f64,
    /// Lower end of the interval.
    pub(super) lower: f64,
    /// Upper end of the interval.
    pub(super) upper: f64,
}

impl Estimate {
    /// Moves each end of the interval outwards.
    pub(super) fn widened(self, by: f64) -> Self {
        Self {
            lower: self.lower - by,
            upper: self.upper + by,
            ..self
        }
    }

    /// Moves an end outwards to that of another interval, where the other reaches further.
    pub(super) fn at_least(self, (lower, upper): (f64, f64)) -> Self {
        Self {
            lower: self.lower.min(lower),
            upper: self.upper.max(upper),
            ..self
        }
    }

    fn around(difference: f64, variance: f64, freedom: f64) -> Self {
        let half = student(freedom) * variance.sqrt();
        Self {
            difference,
            lower: difference - half,
            upper: difference + half,
        }
    }
}

/// What a whole run says, and its parts.
pub(super) struct Sectioned {
    /// The run's value.
    pub(super) whole: f64,
    /// The values of its sections, at least two.
    pub(super) sections: Vec<f64>,
    /// The values of its seconds.
    pub(super) seconds: Vec<f64>,
}

impl Sectioned {
    /// The variance of the run's value: by the distances of the sections' values from it, and more
    /// by as much as sections that resemble their neighbours understate it.
    fn variance(&self) -> f64 {
        let squares: f64 = self
            .sections
            .iter()
            .map(|value| (value - self.whole).powi(2))
            .sum();
        let sections = self.sections.len() as f64;
        let likeness = correlation(&self.seconds);
        let of_run = mean_variance(likeness, self.seconds.len() as f64);
        let of_section = mean_variance(likeness, self.seconds.len() as f64 / sections);
        squares / sections * of_run / (of_section - of_run)
    }

    fn freedom(&self) -> f64 {
        self.sections.len() as f64 - 1.0
    }
}

/// How much a value resembles the one before: the correlation of neighbours, corrected for the
/// shortness of the series (Kendall, *Note on bias in the estimation of autocorrelation*, 1954).
fn correlation(series: &[f64]) -> f64 {
    let mean = series.mean();
    let squares: f64 = series.iter().map(|value| (value - mean).powi(2)).sum();
    let products: f64 = series
        .windows(2)
        .map(|two| (two[0] - mean) * (two[1] - mean))
        .sum();
    if squares == 0.0 {
        return 0.0;
    }
    let seen = products / squares;
    (seen + (1.0 + 3.0 * seen) / series.len() as f64).clamp(0.0, LARGEST_CORRELATION)
}

/// The variance of the mean of so many neighbours, in variances of a single value, if their
/// likeness fades by the same factor with each step.
fn mean_variance(likeness: f64, count: f64) -> f64 {
    let independent = (1.0 + likeness) / (1.0 - likeness);
    let edge = 2.0 * likeness * (1.0 - likeness.powf(count)) / (count * (1.0 - likeness).powi(2));
    (independent - edge) / count
}

/// The difference between two runs, with Welch's degrees of freedom.
pub(super) fn independent(old: &Sectioned, new: &Sectioned) -> Estimate {
    let (of_old, of_new) = (old.variance(), new.variance());
    let variance = of_old + of_new;
    let freedom =
        variance.powi(2) / (of_old.powi(2) / old.freedom() + of_new.powi(2) / new.freedom());
    Estimate::around(new.whole - old.whole, variance, freedom)
}

/// The mean of the differences that at least two rounds show.
pub(super) fn paired(differences: &[f64]) -> Estimate {
    let rounds = differences.len() as f64;
    let variance = differences.variance() / rounds;
    Estimate::around(differences.mean(), variance, rounds - 1.0)
}

/// The interval of the difference of two shares of failed requests, as if requests failed
/// independently: Newcombe's, from Wilson's of each. Each pair is all requests and failed ones.
pub(super) fn independent_shares(old: (u64, u64), new: (u64, u64)) -> (f64, f64) {
    let (old, old_lower, old_upper) = wilson(old);
    let (new, new_lower, new_upper) = wilson(new);
    let difference = new - old;
    (
        difference - (new - new_lower).hypot(old_upper - old),
        difference + (new_upper - new).hypot(old - old_lower),
    )
}

/// A share with Wilson's score interval.
fn wilson((all, failed): (u64, u64)) -> (f64, f64, f64) {
    let all = all as f64;
    let share = failed as f64 / all;
    let square = NORMAL * NORMAL;
    let middle = share + square / (2.0 * all);
    let half = NORMAL * (share * (1.0 - share) / all + square / (4.0 * all * all)).sqrt();
    let scale = 1.0 + square / all;
    (share, (middle - half) / scale, (middle + half) / scale)
}

/// How many standard errors an interval reaches to each side; none where nothing varied, and the
/// degrees of freedom are not a number.
fn student(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(0.0, |t| t.inverse_cdf(UPPER_SHARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_near(found: f64, expected: f64, reason: &str) {
        assert!(
            (found - expected).abs() < 5e-4,
            "{reason}: {found}, not {expected}"
        );
    }

    fn sectioned(values: &[f64]) -> Sectioned {
        // Seconds that take turns do not resemble their neighbours.
        let seconds = vec![0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        Sectioned {
            whole: values.mean(),
            sections: values.to_vec(),
            seconds,
        }
    }

    #[test]
    fn two_runs_have_the_interval_of_welch() {
        let old = sectioned(&[1.0, 1.1, 1.3, 1.4]);
        let new = sectioned(&[2.1, 2.9, 3.2, 4.0]);

        let found = independent(&old, &new);

        assert_near(found.difference, 1.85, "difference of the means");
        assert_near(found.lower + found.upper, 3.7, "around the difference");
        // Standard error 0.403 11 with 3.323 38 degrees of freedom, whose t, by integrating its
        // density, is 3.014 24.
        assert_near(found.upper - found.difference, 1.2151, "half the interval");
    }

    #[test]
    fn rounds_have_the_interval_of_student() {
        let found = paired(&[0.1, 0.2, 0.3]);

        assert_near(found.difference, 0.2, "the mean");
        assert_near(
            found.upper - 0.2,
            4.302_65 * 0.1 / 3.0_f64.sqrt(),
            "two degrees of freedom",
        );
    }

    #[test]
    fn what_never_varies_has_no_width() {
        let still = Sectioned {
            whole: 1.0,
            sections: vec![1.0; 4],
            seconds: vec![1.0; 16],
        };

        let found = independent(&still, &still);

        assert_eq!((found.lower, found.upper), (0.0, 0.0));
        assert_eq!(paired(&[0.5; 3]).upper, 0.5);
    }

    #[test]
    fn likeness_of_neighbours_widens_the_interval() {
        let sections = vec![1.0, 1.1, 1.3, 1.4];
        let rising = (0..16).map(f64::from).collect();
        let trend = Sectioned {
            whole: 1.2,
            sections: sections.clone(),
            seconds: rising,
        };

        assert!(trend.variance() > 1.5 * sectioned(&sections).variance());
    }

    #[test]
    fn shares_have_the_interval_of_newcombe() {
        // Newcombe 1998, table II, method 10: 56/70 less 48/80 is 0.2, from 0.0524 to 0.3339;
        // 10/10 less 0/10 is 1, from 0.6075 to 1.
        let cases = [
            ((80, 48), (70, 56), 0.0524, 0.3339),
            ((10, 0), (10, 10), 0.6075, 1.0),
        ];
        for (old, new, lower, upper) in cases {
            let found = independent_shares(old, new);
            assert_near(found.0, lower, "lower end");
            assert_near(found.1, upper, "upper end");
        }
    }
}
