//! What the current thread logs, as level and message.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// Writes down everything from INFO upwards until it is dropped.
pub(crate) struct Journal {
    entries: Entries,
    _installed: DefaultGuard,
}

#[derive(Clone, Default)]
struct Entries(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub(crate) fn open() -> Self {
        let entries = Entries::default();
        let subscriber = tracing_subscriber::registry()
            .with(LevelFilter::INFO)
            .with(entries.clone());
        Self {
            entries,
            _installed: tracing::subscriber::set_default(subscriber),
        }
    }

    /// What was written since the last call.
    pub(crate) fn read(&self) -> Vec<String> {
        std::mem::take(&mut self.entries.0.lock().unwrap())
    }
}

impl<S: Subscriber> Layer<S> for Entries {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut entry = Entry(event.metadata().level().to_string());
        event.record(&mut entry);
        self.0.lock().unwrap().push(entry.0);
    }
}

struct Entry(String);

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0.push_str(&format!(" {value:?}"));
        }
    }
}
