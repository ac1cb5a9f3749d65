//! Numbers as they are read.

use std::collections::BTreeMap;

/// A round response time beside an axis.
pub(super) fn round_time(seconds: f64) -> String {
    let (number, unit) = match seconds {
        0.0 => return "0".to_owned(),
        ..1e-3 => (seconds * 1e6, "µs"),
        ..1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", (number * 1e3).round() / 1e3)
}

/// A length of time that was asked for or was taken, to a hundredth of a second.
pub(super) fn length(seconds: f64) -> String {
    format!("{} s", (seconds * 100.0).round() / 100.0)
}

/// A count, by thousands.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of users.
pub(super) fn users(number: u32) -> String {
    match number {
        1 => "1 user".to_owned(),
        number => format!("{number} users"),
    }
}

/// A rate, by thousands where it is large.
pub(super) fn rate(per_second: f64) -> String {
    match per_second {
        1e3.. => format!("{}/s", count(per_second.round() as u64)),
        _ => format!("{per_second:.1}/s"),
    }
}

/// A share in percent. One that is not zero does not look like it.
pub(super) fn percent(share: f64) -> String {
    match share {
        0.0 => "0 %".to_owned(),
        ..0.01 => "< 0.01 %".to_owned(),
        _ => format!("{share:.2} %"),
    }
}

/// Counts by their names, as a list.
pub(super) fn counts(map: &BTreeMap<String, u64>) -> String {
    let pairs: Vec<String> = map
        .iter()
        .map(|(name, number)| format!("{name}: {}", count(*number)))
        .collect();
    pairs.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_time_has_no_more_digits_than_it_needs() {
        let cases = [
            (0.0, "0"),
            (0.000_2, "200 µs"),
            (0.3, "300 ms"),
            (20.0, "20 s"),
            (1.5, "1.5 s"),
        ];

        for (seconds, expected) in cases {
            assert_eq!(round_time(seconds), expected);
        }
    }

    #[test]
    fn a_count_is_read_by_thousands() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];

        for (number, expected) in cases {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn a_few_errors_are_not_none() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.000_1), "< 0.01 %");
        assert_eq!(percent(1.25), "1.25 %");
    }
}
