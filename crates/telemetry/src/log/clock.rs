//! The time of a line: UTC, RFC 3339, microseconds; for people the time of their day.

use std::{cell::Cell, time::Duration};

use chrono::{DateTime, Datelike, Local, Timelike};

/// `2026-01-31T23:59:59.`
type Second = [u8; 20];

thread_local! {
    /// The second, since the Unix epoch, that this thread wrote last, and how it is written:
    /// thousands of lines may share it.
    static LAST: Cell<(u64, Second)> = const { Cell::new((u64::MAX, [0; 20])) };
}

/// Appends the time `since_epoch` as `2026-01-31T23:59:59.000001Z`.
///
/// Digits by hand: the general formatter costs more than the rest of a line.
pub(super) fn write(line: &mut Vec<u8>, since_epoch: Duration) {
    let seconds = since_epoch.as_secs();
    let (last, mut text) = LAST.get();
    if last != seconds {
        text = second(seconds);
        LAST.set((seconds, text));
    }
    line.extend_from_slice(&text);
    digits(line, since_epoch.subsec_micros(), 6);
    line.push(b'Z');
}

fn second(seconds: u64) -> Second {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let now = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let mut text = Vec::with_capacity(20);
    digits(&mut text, now.year().unsigned_abs(), 4);
    text.push(b'-');
    digits(&mut text, now.month(), 2);
    text.push(b'-');
    digits(&mut text, now.day(), 2);
    text.push(b'T');
    hours_to_seconds(&mut text, &now);
    text.push(b'.');
    text.try_into().expect("all parts are of fixed width")
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
        for micros in [
            0,
            1,
            951_782_400_000_000,
            951_782_400_999_999,
            1_767_225_599_999_999,
        ] {
            let mut line = Vec::new();

            write(&mut line, Duration::from_micros(micros));

            let expected = DateTime::from_timestamp_micros(micros.cast_signed())
                .unwrap()
                .to_rfc3339_opts(SecondsFormat::Micros, true);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
