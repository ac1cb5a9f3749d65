//! A circuit breaker in front of the shared tier.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Stops asking who does not answer (M. Nygard, *Release It!*, "Circuit Breaker"): closed, it lets
/// everybody through; after so many failures in a row it is open for a while, then half-open: one
/// goes through to find out.
#[derive(Debug)]
pub(super) struct Breaker {
    failures_to_open: u32,
    open_for: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen,
}

/// The right to try once. Dropped without a success, the attempt has failed.
#[derive(Debug)]
#[must_use = "dropping it is a failure"]
pub(super) struct Attempt<'a>(Option<&'a Breaker>);

impl Breaker {
    pub(super) fn new(failures_to_open: u32, open_for: Duration) -> Self {
        Self {
            failures_to_open,
            open_for,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// `None` while nobody is let through.
    pub(super) fn attempt(&self) -> Option<Attempt<'_>> {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => {}
            State::Open { until } if until <= Instant::now() => *state = State::HalfOpen,
            State::Open { .. } | State::HalfOpen => return None,
        }
        Some(Attempt(Some(self)))
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(*self.lock(), State::Closed { .. })
    }

    fn fail(&self) {
        let mut state = self.lock();
        let failures = match *state {
            State::Closed { failures } => failures + 1,
            State::Open { .. } | State::HalfOpen => self.failures_to_open,
        };
        *state = if failures < self.failures_to_open {
            State::Closed { failures }
        } else {
            State::Open {
                until: Instant::now() + self.open_for,
            }
        };
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// It was answered.
    pub(super) fn succeed(mut self) {
        if let Some(breaker) = self.0.take() {
            *breaker.lock() = State::Closed { failures: 0 };
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(breaker) = self.0.take() {
            breaker.fail();
        }
    }
}
