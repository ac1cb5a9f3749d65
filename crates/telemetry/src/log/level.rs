//! The log level while the process runs: looked at, changed for a while, gone back to.

mod endpoint;

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tracing::{Dispatch, dispatcher};

pub use self::endpoint::BodyError;
use super::{filter::Filter, switch::Switch};

/// The target of the lines that tell of changes; every filter lets them through.
pub(super) const TARGET: &str = "telemetry::log::level";

/// The log level of the process. A clone is the same level.
#[derive(Debug, Clone)]
pub struct LogLevel {
    shared: Arc<Shared>,
}

/// What is logged at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentLevel {
    /// The filter in force.
    pub filter: Filter,
    /// When the filter is a temporary one: how long it stays.
    pub reverts_in: Option<Duration>,
}

#[derive(Debug)]
struct Shared {
    switch: Switch,
    configured: Filter,
    state: Mutex<State>,
    /// There is another filter or time to wait for, or none.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    temporary: Option<Temporary>,
    /// Whether there is a thread that waits for the end of the temporary filter.
    awaited: bool,
}

#[derive(Debug)]
struct Temporary {
    filter: Filter,
    until: Instant,
}

impl LogLevel {
    pub(super) fn new(configured: Filter, switch: Switch) -> Self {
        let shared = Shared {
            switch,
            configured,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What is logged now.
    #[must_use]
    pub fn current(&self) -> CurrentLevel {
        match &self.shared.lock().temporary {
            Some(temporary) => CurrentLevel {
                filter: temporary.filter.clone(),
                reverts_in: Some(temporary.until.saturating_duration_since(Instant::now())),
            },
            None => CurrentLevel {
                filter: self.shared.configured.clone(),
                reverts_in: None,
            },
        }
    }

    /// Logs what `filter` lets through, for as long as `ttl`, and then again what was configured.
    /// A later call takes the place of an earlier one. Both changes are logged at INFO.
    ///
    /// # Errors
    ///
    /// When the thread that goes back cannot be started, or `ttl` ends past what the clock can tell;
    /// then nothing changes.
    pub fn set(&self, filter: Filter, ttl: Duration) -> io::Result<()> {
        let until = Instant::now()
            .checked_add(ttl)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the time is too long"))?;
        let mut state = self.shared.lock();
        if !state.awaited {
            self.spawn_timer()?;
            state.awaited = true;
        }
        self.shared.switch.set(&filter);
        let text = filter.to_string();
        state.temporary = Some(Temporary { filter, until });
        drop(state);
        self.shared.changed.notify_one();
        tracing::info!(
            target: TARGET,
            filter = text,
            ttl_seconds = ttl.as_secs_f64(),
            "Log level changed for a while"
        );
        Ok(())
    }

    /// Goes back to the configured filter now.
    pub(crate) fn reset(&self) {
        self.shared.lock().temporary = None;
        self.shared.changed.notify_one();
    }

    /// A thread of its own: the runtime that a request came in on may be gone before its time.
    fn spawn_timer(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        // What logs here should log the return as well, but the wait should not keep it.
        let logs_to = dispatcher::get_default(Dispatch::downgrade);
        thread::Builder::new()
            .name("log-level".to_owned())
            .spawn(move || {
                shared.await_end();
                let dispatch = logs_to.upgrade().unwrap_or_else(Dispatch::none);
                dispatcher::with_default(&dispatch, || {
                    tracing::info!(
                        target: TARGET,
                        filter = %shared.configured,
                        "Log level is the configured one again"
                    );
                });
            })
            .map(drop)
    }
}

impl Shared {
    /// Waits for the time of the temporary filter, the last one there is, and goes back.
    fn await_end(&self) {
        let mut state = self.lock();
        while let Some(temporary) = &state.temporary {
            let left = temporary.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.temporary = None;
                break;
            }
            let (woken, _) = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
        }
        state.awaited = false;
        self.switch.set(&self.configured);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
