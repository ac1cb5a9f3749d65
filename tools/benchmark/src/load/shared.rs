//! What the users of a level share.

use std::{
    cell::{Cell, RefCell},
    io,
    time::{Duration, Instant},
};

use tokio::{select, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use super::{
    notes::Notes,
    pace::Arrivals,
    script::Step,
    timer::Timer,
    traffic::{Pace, Traffic},
};
use crate::{
    http::Connector,
    record::{Ledger, Outcome},
};

pub(super) struct Shared {
    pub(super) connector: Connector,
    pub(super) timeout: Duration,
    pub(super) ledger: RefCell<Ledger>,
    pub(super) notes: RefCell<Notes>,
    pub(super) began: Instant,
    pub(super) turns: Turns,
    pub(super) end: Instant,
    interrupt: CancellationToken,
}

/// The requests of the open model: those whose time has come, and those that somebody took.
pub(super) struct Turns {
    arrivals: Option<Arrivals>,
    /// One for each request that is due and free, and one for each user when there are no more.
    permits: Semaphore,
    due: Cell<u64>,
    taken: Cell<u64>,
}

impl Shared {
    pub(super) fn new(traffic: &Traffic) -> Self {
        let began = Instant::now();
        let arrivals = match traffic.pace {
            Pace::Closed { .. } => None,
            Pace::Open(arrivals) => Some(arrivals),
        };
        Self {
            connector: traffic.connector.clone(),
            timeout: traffic.timeout,
            ledger: RefCell::new(Ledger::open(traffic.rows.iter().cloned(), began)),
            notes: RefCell::default(),
            began,
            turns: Turns {
                arrivals,
                permits: Semaphore::new(0),
                due: Cell::new(0),
                taken: Cell::new(0),
            },
            end: began + traffic.duration,
            interrupt: traffic.interrupt.clone(),
        }
    }

    /// Whether no more requests are to be sent.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.end || self.interrupt.is_cancelled()
    }

    /// Waits until `moment`, unless it is over before.
    pub(super) async fn wait_until(&self, moment: Instant) {
        select! {
            () = tokio::time::sleep_until(moment.min(self.end).into()) => {}
            () = self.interrupt.cancelled() => {}
        }
    }

    /// Enters a request that has ended.
    pub(super) fn arrive(&self, step: &Step, (since, at): (Instant, Instant), outcome: Outcome) {
        let mut ledger = self.ledger.borrow_mut();
        ledger.arrive(step.row, since, at, outcome);
    }

    /// Declares requests due when their time has come, until it is over; then lets `users` know.
    ///
    /// All that are due by now are declared at once: one by one would take longer than the time
    /// between two of them, where the rate is high, and nobody else would have a turn.
    pub(super) async fn release(
        &self,
        timer: &Timer,
        arrivals: Arrivals,
        users: usize,
    ) -> io::Result<()> {
        let outcome = loop {
            let moment = self.began + arrivals.due(self.turns.due.get());
            let on_time = select! {
                outcome = timer.until(moment.min(self.end)) => outcome,
                () = self.interrupt.cancelled() => Ok(()),
            };
            if on_time.is_err() || self.interrupt.is_cancelled() {
                break on_time;
            }
            let now = Instant::now().min(self.end);
            let new = self.turns.declare(arrivals.due_before(now - self.began));
            if now == self.end {
                break on_time;
            }
            // The clock of the timer may be a little ahead.
            if new == 0 {
                self.turns.declare(self.turns.due.get() + 1);
            }
        };
        self.turns.permits.add_permits(users);
        outcome
    }

    /// When the next request was due, once there is one that nobody has taken. `None`: there will be
    /// no more. What is left when it is over is still sent, unless that takes longer than an answer may.
    pub(super) async fn take_turn(&self) -> Option<Instant> {
        let permit = self.turns.permits.acquire().await;
        permit.expect("the semaphore is never closed").forget();
        let number = self.turns.taken.get();
        let too_late = Instant::now() >= self.end + self.timeout;
        if number >= self.turns.due.get() || too_late || self.interrupt.is_cancelled() {
            return None;
        }
        self.turns.taken.set(number + 1);
        let arrivals = self.turns.arrivals?;
        Some(self.began + arrivals.due(number))
    }
}

impl Turns {
    /// Declares the first so many requests due; returns how many of them were not before.
    fn declare(&self, due: u64) -> u64 {
        let new = due.saturating_sub(self.due.get());
        self.due.set(self.due.get() + new);
        self.permits.add_permits(new as usize);
        new
    }

    /// Requests that were due and that nobody took.
    pub(super) fn left(&self) -> u64 {
        self.due.get() - self.taken.get()
    }
}
