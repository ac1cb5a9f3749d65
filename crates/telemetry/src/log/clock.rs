//! The time of a line: UTC, RFC 3339, microseconds; for people the time of their day.

use chrono::{DateTime, Datelike, Local, Timelike, Utc};

/// Appends `now` as `2026-01-31T23:59:59.000001Z`.
///
/// Digits by hand: the general formatter costs more than the rest of a line.
pub(super) fn write(line: &mut Vec<u8>, now: DateTime<Utc>) {
    digits(line, now.year().unsigned_abs(), 4);
    line.push(b'-');
    digits(line, now.month(), 2);
    line.push(b'-');
    digits(line, now.day(), 2);
    line.push(b'T');
    hours_to_seconds(line, &now);
    line.push(b'.');
    // A leap second counts on past one million.
    digits(line, now.timestamp_subsec_micros() % 1_000_000, 6);
    line.push(b'Z');
}

/// Appends the time of day of `now` as `23:59:59.001`.
pub(super) fn write_time(line: &mut Vec<u8>, now: DateTime<Local>) {
    hours_to_seconds(line, &now);
    line.push(b'.');
    digits(line, now.timestamp_subsec_millis() % 1_000, 3);
}

fn hours_to_seconds(line: &mut Vec<u8>, now: &impl Timelike) {
    digits(line, now.hour(), 2);
    line.push(b':');
    digits(line, now.minute(), 2);
    line.push(b':');
    digits(line, now.second(), 2);
}

fn digits(line: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        line.push(b'0' + digit as u8);
    }
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;

    use super::*;

    #[test]
    fn the_timestamp_is_what_the_general_formatter_writes() {
        for micros in [0, 1, 951_782_400_000_000, 1_767_225_599_999_999] {
            let now = DateTime::from_timestamp_micros(micros).unwrap();
            let mut line = Vec::new();

            write(&mut line, now);

            let expected = now.to_rfc3339_opts(SecondsFormat::Micros, true);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
