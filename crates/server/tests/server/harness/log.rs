//! What the code under test logs.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
};

/// Hears the events of this thread for as long as it lives.
pub(crate) struct Log {
    lines: Lines,
    _heard: DefaultGuard,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl Log {
    pub(crate) fn listen() -> Log {
        let lines = Lines::default();
        let subscriber = Registry::default().with(Recorder(lines.clone()));
        Log {
            lines,
            _heard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// The lines of a level, as `LEVEL field=value`.
    pub(crate) fn of(&self, level: Level) -> Vec<String> {
        let prefix = format!("{level} ");
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .filter(|line| line.starts_with(&prefix))
            .cloned()
            .collect()
    }
}

/// Prints every event of this process.
pub(crate) fn print_log() {
    tracing::subscriber::set_global_default(Registry::default().with(Printer)).unwrap();
}

struct Printer;

impl<S: Subscriber> Layer<S> for Printer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        println!("{}", Line::of(event).0);
    }
}

struct Recorder(Lines);

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.lock().unwrap().push(Line::of(event).0);
    }
}

struct Line(String);

impl Line {
    fn of(event: &Event<'_>) -> Line {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        line
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}
