//! How values lie along an axis.

/// Numbers beyond this in size, or below one part of it on a logarithmic scale, are not drawn:
/// their differences and powers may not be numbers.
const LIMIT: f64 = 1e100;

/// How values lie along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Evenly, from about the smallest to about the largest.
    Linear,
    /// Evenly, with zero always among them.
    FromZero,
    /// By their logarithm; only what is greater than zero.
    Log,
    /// Percent of a distribution by the logarithm of what remains to 100, which is not there itself.
    Percentile,
}

impl Scale {
    /// Where a value lies; none where it cannot be shown.
    pub(crate) fn place(self, value: f64) -> Option<f64> {
        let place = match self {
            Self::Linear | Self::FromZero => value,
            Self::Log if value >= LIMIT.recip() => value.log10(),
            Self::Percentile if (0.0..100.0).contains(&value) => 2.0 - (100.0 - value).log10(),
            Self::Log | Self::Percentile => return None,
        };
        (value.abs() <= LIMIT).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_nine_is_as_wide_as_the_one_before() {
        let place = |value| Scale::Percentile.place(value).expect("it can be shown");

        let widths =
            [(0.0, 90.0), (90.0, 99.0), (99.0, 99.9)].map(|(from, to)| place(to) - place(from));

        for width in widths {
            assert!((width - 1.0).abs() < 1e-9, "{widths:?}");
        }
    }

    #[test]
    fn what_a_scale_cannot_show_has_no_place() {
        let cases = [
            (Scale::Linear, f64::NAN, "not a number"),
            (Scale::FromZero, f64::INFINITY, "infinite"),
            (
                Scale::Linear,
                f64::MAX,
                "its distance to others may be infinite",
            ),
            (Scale::Log, 0.0, "zero has no logarithm"),
            (Scale::Log, -1.0, "nor has what is less"),
            (Scale::Percentile, 100.0, "nothing remains"),
            (Scale::Percentile, -0.1, "less than nothing"),
        ];

        for (scale, value, reason) in cases {
            assert_eq!(scale.place(value), None, "{reason}");
        }
    }
}
