//! Telemetry of the current thread that exports to a collector of the test's own.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::Duration,
};

use serde_json::Value;
use servers::Collector;
use telemetry::{Format, LogSettings, TelemetryGuard, TraceSettings};
use tracing::{Dispatch, dispatcher, subscriber::DefaultGuard};
use tracing_subscriber::{filter::dynamic_filter_fn, layer::SubscriberExt};

/// Long enough for the slowest machine, and reached only when a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Telemetry until it is dropped or flushed.
pub(crate) struct Traced {
    pub(crate) collector: Collector,
    output: Output,
    guard: TelemetryGuard,
    _installed: DefaultGuard,
}

impl Traced {
    /// Exports all traces and logs from INFO on.
    pub(crate) fn new() -> Self {
        Self::with("info", |_| {})
    }

    /// Exports as `change` says.
    pub(crate) fn with(filter: &str, change: impl FnOnce(&mut TraceSettings)) -> Self {
        let collector = Collector::start().unwrap();
        let mut settings = TraceSettings {
            otlp_endpoint: Some(collector.url()),
            service_name: "shop".to_owned(),
            service_version: "1.2.3".to_owned(),
            ..TraceSettings::default()
        };
        change(&mut settings);
        prepare();
        let log = LogSettings {
            filter: filter.to_owned(),
            format: Format::Json,
        };
        let output = Output::default();
        let (subscriber, guard) =
            telemetry::subscriber(&log, &settings, output.clone(), false).unwrap();
        Self {
            collector,
            output,
            guard,
            _installed: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Ends telemetry as a process does, which sends what there is, and gives the collector.
    pub(crate) fn flush(self) -> Collector {
        drop(self.guard);
        self.collector
    }

    /// Ends telemetry as a process does, within `limit`, and gives all log lines.
    #[track_caller]
    pub(crate) fn end_within(self, limit: Duration) -> Vec<Value> {
        let subscriber = dispatcher::get_default(Dispatch::clone);
        let (ended, end) = mpsc::channel();
        let guard = self.guard;
        thread::spawn(move || {
            dispatcher::with_default(&subscriber, || drop(guard));
            // Nobody waits for it any more when the test has failed.
            let _ = ended.send(());
        });
        end.recv_timeout(limit).expect("the end comes");
        self.output.lines()
    }

    /// The log lines so far. One that is no JSON object fails the test.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.guard.flush(DEADLINE);
        self.output.lines()
    }

    /// The one log line with this message.
    #[track_caller]
    pub(crate) fn line(&self, message: &str) -> Value {
        let mut lines = self.lines();
        lines.retain(|line| line["message"] == message);
        assert_eq!(lines.len(), 1, "{message}: {lines:?}");
        lines.remove(0)
    }
}

/// Makes tracing ask each subscriber about each span and line.
///
/// It keeps one decision per call site for the whole process, and takes it from the asking thread
/// alone while there is one subscriber at most.
fn prepare() {
    static NEVER_SURE: OnceLock<[Dispatch; 2]> = OnceLock::new();
    let undecided = || {
        let filter = dynamic_filter_fn(|_, _| false);
        Dispatch::new(tracing_subscriber::registry().with(filter))
    };
    NEVER_SURE.get_or_init(|| [undecided(), undecided()]);
}

/// A writer whose contents can be looked at.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
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
