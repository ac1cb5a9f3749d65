//! How durations and sizes are written: `250ms`, `30s`, `24h`; `16MiB`, `64kB`, `100`.

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
pub(super) fn parse_duration(
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
    if text != "0" && text.parse::<f64>().is_ok() {
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
