//! How durations, sizes and ratios are written: `250ms`, `30s`, `24h`; `16MiB`, `64kB`, `100`;
//! `0.1`, `10%`.

use std::ops::RangeInclusive;
use std::time::Duration;

use bytesize::ByteSize;

use super::errors::Flaw;

/// Longer texts are refused unread: no sensible duration needs more, and sums near the end of
/// the 64-bit range, which make `humantime` panic, do not fit.
const LONGEST_DURATION_TEXT: usize = 20;

/// Units in which durations are printed, longest first.
const DURATION_UNITS: [(u128, &str); 6] = [
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// Units in which sizes are printed, largest first.
const SIZE_UNITS: [(u64, &str); 4] = [
    (bytesize::TIB, "TiB"),
    (bytesize::GIB, "GiB"),
    (bytesize::MIB, "MiB"),
    (bytesize::KIB, "KiB"),
];

/// Reads a duration; the unit must be written, except for a bare `0`.
pub(crate) fn parse_duration(
    text: &str,
    range: &RangeInclusive<Duration>,
) -> Result<Duration, Flaw> {
    let remedy = || {
        let (least, most) = (
            format_duration(*range.start()),
            format_duration(*range.end()),
        );
        format!("write a duration from {least} to {most}, such as 250ms, 30s or 24h")
    };
    if text != "0"
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return Err(Flaw::new(
            "has no unit",
            format!("write a unit, such as {text}s or {text}ms"),
        ));
    }
    let duration = Some(text)
        .filter(|text| text.len() <= LONGEST_DURATION_TEXT)
        .and_then(|text| humantime::parse_duration(text).ok())
        .ok_or_else(|| Flaw::new("is not a duration", remedy()))?;
    if !range.contains(&duration) {
        return Err(Flaw::new("is out of range", remedy()));
    }
    Ok(duration)
}

/// Reads a size in bytes: bare, or with a decimal (kB, MB) or binary (KiB, MiB) unit.
pub(super) fn parse_size(text: &str, range: &RangeInclusive<u64>) -> Result<u64, Flaw> {
    let remedy = || {
        let (least, most) = (format_size(*range.start()), format_size(*range.end()));
        format!("write a size from {least} to {most}, such as 16MiB, 500kB or 65536")
    };
    let ByteSize(bytes) = text
        .parse()
        .map_err(|_| Flaw::new("is not a size", remedy()))?;
    if !range.contains(&bytes) {
        return Err(Flaw::new("is out of range", remedy()));
    }
    Ok(bytes)
}

/// Reads a ratio from 0 to 1, bare or in percent.
pub(super) fn parse_ratio(text: &str) -> Result<f64, Flaw> {
    const REMEDY: &str = "write a ratio from 0 to 1 such as 0.1, or from 0% to 100% such as 10%";
    let (number, whole) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text, 1.0),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| Flaw::new("is not a ratio", REMEDY))?;
    let share = number / whole;
    if !(0.0..=1.0).contains(&share) {
        return Err(Flaw::new("is out of range", REMEDY));
    }
    Ok(share)
}

/// The shortest exact form in a single unit; [`parse_duration`] reads it back.
pub(super) fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    DURATION_UNITS
        .iter()
        .find(|(unit, _)| nanos > 0 && nanos.is_multiple_of(*unit))
        .map_or_else(
            || "0s".to_owned(),
            |(unit, name)| format!("{}{name}", nanos / unit),
        )
}

/// The shortest exact form in a binary unit, else in bytes; [`parse_size`] reads it back.
pub(super) fn format_size(bytes: u64) -> String {
    SIZE_UNITS
        .iter()
        .find(|(unit, _)| bytes > 0 && bytes.is_multiple_of(*unit))
        .map_or_else(
            || bytes.to_string(),
            |(unit, name)| format!("{}{name}", bytes / unit),
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY_DURATION: RangeInclusive<Duration> = Duration::ZERO..=Duration::MAX;

    #[test]
    fn durations_are_read_with_their_unit() {
        let cases = [
            ("250ms", Duration::from_millis(250)),
            ("30s", Duration::from_secs(30)),
            ("24h", Duration::from_secs(86_400)),
            ("1h 30m", Duration::from_secs(5_400)),
            ("1.5s", Duration::from_millis(1_500)),
            ("0", Duration::ZERO),
            ("0s", Duration::ZERO),
        ];

        for (text, duration) in cases {
            assert_eq!(parse_duration(text, &ANY_DURATION), Ok(duration), "{text}");
        }
    }

    #[test]
    fn a_number_without_a_unit_is_told_to_write_one() {
        for text in ["30", "1.5"] {
            let flaw = parse_duration(text, &ANY_DURATION).expect_err(text);

            assert_eq!(flaw.problem, "has no unit");
            assert!(flaw.remedy.contains(&format!("{text}s")), "{}", flaw.remedy);
        }
    }

    #[test]
    fn sums_at_the_end_of_the_range_are_refused_rather_than_panic() {
        for text in [
            "18446744073709551615s1000ms",
            "584542046090y19764415s1000ms",
        ] {
            assert!(parse_duration(text, &ANY_DURATION).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_with_binary_decimal_or_no_unit() {
        let cases = [
            ("16MiB", 16 << 20),
            ("16 MiB", 16 << 20),
            ("1.5KiB", 1_536),
            ("500kB", 500_000),
            ("2MB", 2_000_000),
            ("65536", 65_536),
        ];

        for (text, bytes) in cases {
            assert_eq!(parse_size(text, &(0..=u64::MAX)), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn ratios_are_read_bare_or_in_percent() {
        let cases = [
            ("0", 0.0),
            ("0.1", 0.1),
            ("1.0", 1.0),
            ("10%", 0.1),
            ("0.5 %", 0.005),
            ("100%", 1.0),
        ];

        for (text, share) in cases {
            assert_eq!(parse_ratio(text), Ok(share), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_duration_reads_back(duration in (0..31_536_000_u64, 0..1_000_000_000_u32)) {
            let duration = Duration::new(duration.0, duration.1);

            prop_assert_eq!(parse_duration(&format_duration(duration), &ANY_DURATION), Ok(duration));
        }

        #[test]
        fn a_printed_size_reads_back(bytes: u64) {
            prop_assert_eq!(parse_size(&format_size(bytes), &(0..=u64::MAX)), Ok(bytes));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "[0-9.]{0,20} ?[a-zA-Zµ]{0,3}[0-9]{0,20}[a-z]{0,3}|.*") {
            let _ = parse_duration(&text, &ANY_DURATION);
            let _ = parse_size(&text, &(0..=u64::MAX));
            let _ = parse_ratio(&text);
        }
    }
}
