//! Round values to write beside an axis.

/// About so many of them.
const WANTED: f64 = 7.0;
/// Not worth telling from zero.
const TINY: f64 = 1e-90;

/// Values at even distances of 1, 2 or 5 times a power of ten, from one end to the other.
pub(crate) fn even(low: f64, high: f64) -> Vec<f64> {
    // Ends that are the same, or all but, have no distance that a number of steps could divide.
    let flat = high - low <= f64::EPSILON * low.abs().max(high.abs()).max(TINY);
    let (low, high) = match flat {
        true if low < -TINY => (low * 2.0, 0.0),
        true if low > TINY => (0.0, low * 2.0),
        true => (0.0, 1.0),
        false => (low, high),
    };
    let (mantissa, exponent) = step((high - low) / WANTED);
    let unit = mantissa * 10f64.powi(exponent);
    let (first, last) = ((low / unit).floor(), (high / unit).ceil());
    let count = (last - first) as usize;
    (0..=count)
        .map(|index| scaled((first + index as f64) * mantissa, exponent))
        .collect()
}

/// The next of 1, 2 and 5 times a power of ten, as these two.
fn step(at_least: f64) -> (f64, i32) {
    let exponent = at_least.log10().floor() as i32;
    let mantissa = at_least / 10f64.powi(exponent);
    match [1.0, 2.0, 5.0].into_iter().find(|round| mantissa <= *round) {
        Some(round) => (round, exponent),
        None => (1.0, exponent + 1),
    }
}

/// Times a power of ten, by division where that is exact and multiplication is not.
fn scaled(value: f64, exponent: i32) -> f64 {
    match exponent {
        ..0 => value / 10f64.powi(-exponent),
        _ => value * 10f64.powi(exponent),
    }
}

/// Powers of ten, or 1, 2 and 5 times them where there are few; the ends are logarithms.
pub(crate) fn decades(low: f64, high: f64) -> Vec<f64> {
    let (low, high) = (low.floor() as i32, high.ceil() as i32);
    let high = high.max(low + 1);
    if high - low > 2 {
        return thinned(low..=high)
            .map(|exponent| scaled(1.0, exponent))
            .collect();
    }
    (low..high)
        .flat_map(|exponent| [1.0, 2.0, 5.0].map(|round| scaled(round, exponent)))
        .chain([scaled(1.0, high)])
        .collect()
}

/// 0, 50, 90, 99, 99.9 and so on, until less than one in ten to the `high` remains.
pub(crate) fn nines(high: f64) -> Vec<f64> {
    // A number of 64 bits tells no more nines from 100.
    let high = (high.ceil() as i32).clamp(1, 14);
    [0.0, 50.0]
        .into_iter()
        .chain(thinned(1..=high).map(|nines| 100.0 - scaled(1.0, 2 - nines)))
        .collect()
}

/// Every so many, so that they are few, the last one always among them.
fn thinned(range: std::ops::RangeInclusive<i32>) -> impl Iterator<Item = i32> {
    let (first, last) = range.into_inner();
    let every = ((f64::from(last - first) / WANTED).ceil() as i32).max(1);
    let first = first - (every - (last - first) % every) % every;
    (first..=last).step_by(every as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_values_are_round() {
        let cases: [(f64, f64, &[f64], &str); 5] = [
            (
                0.0,
                59.0,
                &[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
                "a minute",
            ),
            (
                0.1,
                0.3,
                &[0.1, 0.15, 0.2, 0.25, 0.3],
                "fractions without a rounding error",
            ),
            (
                0.0,
                0.0,
                &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
                "nothing but zero",
            ),
            (
                5.0,
                5.0,
                &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0],
                "one value, in the middle",
            ),
            (
                -3.0,
                4.0,
                &[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0],
                "both sides of zero",
            ),
        ];

        for (low, high, expected, reason) in cases {
            assert_eq!(even(low, high), expected, "{reason}");
        }
    }

    #[test]
    fn a_logarithmic_axis_has_powers_of_ten() {
        assert_eq!(decades(-2.7, -2.2), [0.001, 0.002, 0.005, 0.01]);
        assert_eq!(decades(0.0, 0.0), [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(decades(-2.7, 0.3), [0.001, 0.01, 0.1, 1.0, 10.0]);
    }

    #[test]
    fn a_percentile_axis_has_nines() {
        assert_eq!(nines(0.0), [0.0, 50.0, 90.0]);
        assert_eq!(nines(2.6), [0.0, 50.0, 90.0, 99.0, 99.9]);
    }
}
