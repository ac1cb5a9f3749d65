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

    /// Somebody was answered who did not ask for leave. Once the while is over, nobody needs to
    /// find out any more.
    pub(super) fn answered(&self) {
        let mut state = self.lock();
        if matches!(*state, State::Open { until } if until <= Instant::now()) {
            *state = State::Closed { failures: 0 };
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Duration = Duration::from_secs(1);

    fn fails(breaker: &Breaker, times: usize) {
        for _ in 0..times {
            drop(breaker.attempt().expect("a way through"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_lets_one_through_after_a_while() {
        let breaker = Breaker::new(3, OPEN);
        fails(&breaker, 2);
        breaker.attempt().expect("a way through").succeed();
        fails(&breaker, 2);
        assert!(
            !breaker.is_open(),
            "a success in between starts the count anew"
        );

        fails(&breaker, 1);
        assert!(breaker.attempt().is_none(), "open");
        tokio::time::advance(OPEN).await;

        let probe = breaker.attempt().expect("one goes through");
        assert!(breaker.attempt().is_none(), "and one only");
        probe.succeed();
        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_others_closes_it_after_that_while_and_not_before() {
        let breaker = Breaker::new(3, OPEN);
        fails(&breaker, 3);

        breaker.answered();
        assert!(breaker.is_open(), "too early");
        tokio::time::advance(OPEN).await;
        breaker.answered();

        assert!(!breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_when_half_open_opens_it_again() {
        let breaker = Breaker::new(3, OPEN);
        fails(&breaker, 3);
        tokio::time::advance(OPEN).await;

        fails(&breaker, 1);

        assert!(breaker.attempt().is_none());
        tokio::time::advance(OPEN).await;
        assert!(breaker.attempt().is_some());
    }
}
