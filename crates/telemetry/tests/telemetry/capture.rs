//! Log lines of the current thread, for a test to read.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};

use serde_json::Value;
use telemetry::{Format, LogLevel, LogSettings, TelemetryGuard, TraceSettings};
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::{filter::dynamic_filter_fn, layer::SubscriberExt};

use crate::app::DEADLINE;

/// Logging of the current thread goes here until this is dropped.
pub(crate) struct Capture {
    output: Output,
    log: TelemetryGuard,
    _installed: DefaultGuard,
}

/// A writer whose contents can be looked at.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<Mutex<Vec<u8>>>);

/// Makes tracing ask each subscriber about each line.
///
/// It keeps one decision per line for the whole process, and takes it from the asking thread
/// alone while there is one subscriber at most: a thread without a capture would silence all.
pub(crate) fn prepare() {
    static NEVER_SURE: OnceLock<[Dispatch; 2]> = OnceLock::new();
    let undecided = || {
        let filter = dynamic_filter_fn(|_, _| false);
        Dispatch::new(tracing_subscriber::registry().with(filter))
    };
    NEVER_SURE.get_or_init(|| [undecided(), undecided()]);
}

impl Capture {
    pub(crate) fn json(filter: &str) -> Self {
        Self::new(filter, Format::Json, false)
    }

    pub(crate) fn new(filter: &str, format: Format, terminal: bool) -> Self {
        prepare();
        let settings = LogSettings {
            filter: filter.to_owned(),
            format,
        };
        let output = Output::default();
        let (subscriber, log) = telemetry::subscriber(
            &settings,
            &TraceSettings::default(),
            output.clone(),
            terminal,
        )
        .unwrap();
        Self {
            output,
            log,
            _installed: tracing::subscriber::set_default(subscriber),
        }
    }

    pub(crate) fn level(&self) -> LogLevel {
        self.log.log_level()
    }

    pub(crate) fn text(&self) -> String {
        self.log.flush(DEADLINE);
        self.output.text()
    }

    /// The lines as JSON objects. A line that is none fails the test.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    /// The lines with this message.
    #[track_caller]
    pub(crate) fn said(&self, message: &str) -> Vec<Value> {
        let mut objects = self.objects();
        objects.retain(|object| object["message"] == message);
        objects
    }
}

impl Output {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
