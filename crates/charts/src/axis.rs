//! An axis: what it is called, how values lie along it, and how they are written.

use crate::Scale;

/// An axis of a chart.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it measures, with the unit if the values are written without.
    pub label: String,
    /// How values lie along it.
    pub scale: Scale,
    /// How a value is written beside it.
    pub format: fn(f64) -> String,
}

impl Axis {
    /// An axis whose values are written as plain numbers.
    pub fn new(label: impl Into<String>, scale: Scale) -> Self {
        Self {
            label: label.into(),
            scale,
            format: plain,
        }
    }
}

/// A number with at most nine digits after the point, and without zeros at its end; very large and
/// very small ones with an exponent.
fn plain(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e12).contains(&value.abs()) {
        return format!("{value:e}");
    }
    let text = format!("{value:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_with_the_digits_it_needs() {
        let cases = [
            (0.0, "0"),
            (1500.0, "1500"),
            (100.0, "100"),
            (0.1 * 3.0, "0.3"),
            (100.0 - 100.0 / 1e4, "99.99"),
            (-2.5, "-2.5"),
            (1e-7, "1e-7"),
            (2e15, "2e15"),
        ];

        for (value, expected) in cases {
            assert_eq!(plain(value), expected);
        }
    }
}
