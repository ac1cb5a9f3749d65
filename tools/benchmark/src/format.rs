//! Numbers for people.

/// Seconds with the unit that suits them: `850µs`, `1.23ms`, `2.5s`.
pub(crate) fn time(seconds: f64) -> String {
    with_unit(seconds, 3)
}

/// The same in two digits, where there is little room: `850µs`, `1.2ms`, `46ms`.
pub(crate) fn short_time(seconds: f64) -> String {
    with_unit(seconds, 2)
}

fn with_unit(seconds: f64, digits: usize) -> String {
    match seconds {
        0.0 => "0".to_owned(),
        seconds if seconds < 1e-3 => format!("{:.0}µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{}ms", significant(seconds * 1e3, digits)),
        seconds => format!("{}s", significant(seconds, digits)),
    }
}

/// So many digits, or all of a larger number.
fn significant(number: f64, digits: usize) -> String {
    let whole = match number {
        number if number < 10.0 => 1,
        number if number < 100.0 => 2,
        _ => 3,
    };
    format!("{number:.*}", digits.saturating_sub(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_few_digits_and_the_unit_that_suits_them() {
        for (seconds, text, short) in [
            (0.0, "0", "0"),
            (0.000_85, "850µs", "850µs"),
            (0.001_234, "1.23ms", "1.2ms"),
            (0.0456, "45.6ms", "46ms"),
            (0.789, "789ms", "789ms"),
            (2.5, "2.50s", "2.5s"),
            (61.0, "61.0s", "61s"),
        ] {
            assert_eq!(time(seconds), text);
            assert_eq!(short_time(seconds), short);
        }
    }
}
