//! `log_messages_total`, `log_messages_dropped_total` and `panics_total`, read from the log.

use tracing::Level;

use super::sink::Sink;
use crate::{MetricsError, Registry, metrics::Reading};

/// The levels in the order in which the sink counts them.
const LEVELS: [Level; 5] = [
    Level::ERROR,
    Level::WARN,
    Level::INFO,
    Level::DEBUG,
    Level::TRACE,
];

/// The place of `level` in counts by level.
pub(super) fn rank(level: Level) -> usize {
    LEVELS
        .iter()
        .position(|known| *known == level)
        .expect("there are five levels")
}

/// Counters of the log at the time of a scrape.
struct LogCounts {
    logged: [u64; LEVELS.len()],
    dropped: [u64; LEVELS.len()],
    panics: u64,
}

static READINGS: [Reading<LogCounts>; 2 * LEVELS.len() + 1] = [
    logged::<0>("ERROR"),
    logged::<1>("WARN"),
    logged::<2>("INFO"),
    logged::<3>("DEBUG"),
    logged::<4>("TRACE"),
    dropped::<0>("ERROR"),
    dropped::<1>("WARN"),
    dropped::<2>("INFO"),
    dropped::<3>("DEBUG"),
    dropped::<4>("TRACE"),
    Reading::counter(
        "panics_total",
        "Panics, those that were caught included.",
        |counts| Some(counts.panics as f64),
    ),
];

/// Adds the counters of the log. It belongs to the process: every registry that shows them shows
/// the same.
pub(crate) fn register(registry: &Registry, sink: Sink) -> Result<(), MetricsError> {
    registry.readings(&READINGS, move || LogCounts {
        logged: sink.logged(),
        dropped: sink.dropped(),
        panics: sink.panics(),
    })
}

const fn logged<const RANK: usize>(level: &'static str) -> Reading<LogCounts> {
    Reading::counter(
        "log_messages_total",
        "Messages logged, those that were dropped later included.",
        |counts: &LogCounts| Some(counts.logged[RANK] as f64),
    )
    .labelled("level", level)
}

const fn dropped<const RANK: usize>(level: &'static str) -> Reading<LogCounts> {
    Reading::counter(
        "log_messages_dropped_total",
        "Messages dropped because the output did not take them fast enough, or at all.",
        |counts: &LogCounts| Some(counts.dropped[RANK] as f64),
    )
    .labelled("level", level)
}
