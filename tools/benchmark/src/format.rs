//! Numbers for people.

/// Seconds with the unit that suits them: `850µs`, `1.23ms`, `2.5s`.
pub(crate) fn time(seconds: f64) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        seconds if seconds < 1e-3 => format!("{:.0}µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{}ms", significant(seconds * 1e3)),
        seconds => format!("{}s", significant(seconds)),
    }
}

/// Three digits, or all of a larger number.
fn significant(number: f64) -> String {
    match number {
        number if number < 10.0 => format!("{number:.2}"),
        number if number < 100.0 => format!("{number:.1}"),
        number => format!("{number:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_the_unit_that_suits_them() {
        for (seconds, text) in [
            (0.0, "0"),
            (0.000_85, "850µs"),
            (0.001_234, "1.23ms"),
            (0.0456, "45.6ms"),
            (0.789, "789ms"),
            (2.5, "2.50s"),
            (61.0, "61.0s"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
