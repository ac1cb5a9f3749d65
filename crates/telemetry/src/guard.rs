//! What keeps the telemetry of a process going until its end.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    log::{LogLevel, Sink},
    traces::Exporter,
};

/// How long the end of the process waits for a reader that does not read.
const LAST_FLUSH: Duration = Duration::from_secs(2);

/// How long the end of the process waits for a trace collector that does not answer.
const LAST_EXPORT: Duration = Duration::from_secs(3);

/// The part of the last moments that belongs to the log alone: it says what traces were lost.
const FOR_THE_LOG: Duration = Duration::from_millis(100);

/// Keeps the log writer and the trace exporter going. Dropping it exports the spans and writes the
/// lines that are left, waiting at most three seconds for a collector that does not answer, and two
/// for a reader that does not read; what comes later is dropped and counted.
#[derive(Debug)]
#[must_use = "dropping the guard ends logging"]
pub struct TelemetryGuard {
    sink: Sink,
    level: LogLevel,
    /// Locked only so that the guard can be shared between threads.
    traces: Option<Mutex<Exporter>>,
    /// What the end may take in all.
    last_moments: Duration,
}

impl TelemetryGuard {
    pub(crate) fn new(sink: Sink, level: LogLevel, traces: Option<Exporter>) -> Self {
        Self {
            sink,
            level,
            traces: traces.map(Mutex::new),
            last_moments: LAST_EXPORT + LAST_FLUSH,
        }
    }

    /// The log level, to be looked at and changed while the process runs.
    #[must_use]
    pub fn log_level(&self) -> LogLevel {
        self.level.clone()
    }

    /// How many lines were dropped because the buffer was full or the output refused them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.sink.dropped().iter().sum()
    }

    /// Waits until the lines written so far are out, for at most `limit`.
    pub fn flush(&self, limit: Duration) {
        self.sink.flush(limit);
    }

    /// Ends logging and traces as dropping the guard does, but takes `limit` at most.
    pub fn end_within(mut self, limit: Duration) {
        self.last_moments = self.last_moments.min(limit);
    }

    pub(crate) fn sink(&self) -> Sink {
        self.sink.clone()
    }
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        let end = Instant::now() + self.last_moments;
        // First, since it may have something to say.
        if let Some(traces) = &mut self.traces {
            let traces = traces.get_mut().unwrap_or_else(PoisonError::into_inner);
            let for_traces = self.last_moments.saturating_sub(FOR_THE_LOG);
            traces.shut_down(LAST_EXPORT.min(for_traces));
        }
        self.level.reset();
        let left = end.saturating_duration_since(Instant::now());
        self.sink.flush(LAST_FLUSH.min(left));
        self.sink.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_can_be_shared_between_threads() {
        fn is_shared<T: Send + Sync>() {}

        is_shared::<TelemetryGuard>();
    }
}
