//! The steps that must be done once before the service has started.

use std::sync::{Arc, Mutex, PoisonError};

/// The names of the steps that are not done yet, in the order they were declared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Startup {
    waiting: Arc<Mutex<Vec<&'static str>>>,
}

impl Startup {
    pub(crate) fn declare(&self, name: &'static str) -> Step {
        self.edit(|waiting| waiting.push(name));
        Step {
            name,
            startup: self.clone(),
        }
    }

    pub(crate) fn waiting_for(&self) -> Vec<&'static str> {
        self.edit(|waiting| waiting.clone())
    }

    fn edit<R>(&self, change: impl FnOnce(&mut Vec<&'static str>) -> R) -> R {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A step of the startup, from [`Health::starting`](crate::Health::starting).
///
/// Dropping it does not finish the step: a startup that fails never looks like a finished one.
#[derive(Debug)]
#[must_use = "the service stays not ready until the step is done"]
pub struct Step {
    name: &'static str,
    startup: Startup,
}

impl Step {
    /// Says that the step is done.
    pub fn done(self) {
        self.startup.edit(|waiting| {
            if let Some(place) = waiting.iter().position(|name| *name == self.name) {
                waiting.remove(place);
            }
        });
        tracing::info!(step = self.name, "Startup step done");
    }
}
