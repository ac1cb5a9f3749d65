//! What a number of measurements say together.

use std::fmt;
use std::time::Duration;

/// Durations of one thing, measured in turn with those of another.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<Duration>);

/// How many times longer one thing takes than another: the median of the ratios that the rounds
/// of one run gave, and the quartiles around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ratio {
    /// The ratio of the middle round.
    pub(crate) median: f64,
    /// A quarter of the rounds lies below.
    pub(crate) lower: f64,
    /// A quarter of the rounds lies above.
    pub(crate) upper: f64,
}

impl Sample {
    /// Adds what one more round took.
    pub(crate) fn push(&mut self, elapsed: Duration) {
        self.0.push(elapsed);
    }

    /// The duration of the middle round in milliseconds.
    ///
    /// # Panics
    /// When there was no round.
    pub(crate) fn median_ms(&self) -> f64 {
        self.quantile_ms(0.5)
    }

    /// The duration in milliseconds below which `fraction` of the rounds lie; 1 is the longest.
    ///
    /// # Panics
    /// When there was no round.
    pub(crate) fn quantile_ms(&self, fraction: f64) -> f64 {
        let milliseconds = self.0.iter().map(|elapsed| elapsed.as_secs_f64() * 1e3);
        quantile(&sorted(milliseconds), fraction)
    }

    /// The ratio of this to `base`, round by round, so that what slows a whole round cancels out.
    ///
    /// # Panics
    /// When there was no round.
    pub(crate) fn over(&self, base: &Self) -> Ratio {
        let rounds = self.0.iter().zip(&base.0);
        let ratios = sorted(rounds.map(|(this, base)| this.as_secs_f64() / base.as_secs_f64()));
        Ratio {
            median: quantile(&ratios, 0.5),
            lower: quantile(&ratios, 0.25),
            upper: quantile(&ratios, 0.75),
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            lower,
            upper,
        } = self;
        write!(f, "{median:.2} ({lower:.2} to {upper:.2})")
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which `fraction` of the sorted values lie, between two of them if need be.
fn quantile(sorted: &[f64], fraction: f64) -> f64 {
    let place = fraction * (sorted.len() - 1) as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Ratio, Sample};

    fn sample(milliseconds: &[u64]) -> Sample {
        Sample(
            milliseconds
                .iter()
                .map(|&ms| Duration::from_millis(ms))
                .collect(),
        )
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middle_ones() {
        assert_eq!(sample(&[9, 1, 2]).median_ms(), 2.0);
        assert_eq!(sample(&[9, 1, 2, 4]).median_ms(), 3.0);
    }

    #[test]
    fn the_longest_is_the_last_quantile() {
        assert_eq!(sample(&[9, 1, 2]).quantile_ms(1.0), 9.0);
    }

    #[test]
    fn a_ratio_compares_within_each_round() {
        let base = sample(&[10, 1000, 10, 10, 10]);
        let this = sample(&[10, 2000, 30, 40, 50]);

        let ratio = this.over(&base);

        let expected = Ratio {
            median: 3.0,
            lower: 2.0,
            upper: 4.0,
        };
        assert_eq!(ratio, expected);
        assert_eq!(ratio.to_string(), "3.00 (2.00 to 4.00)");
    }
}
