//! One level of users, from the first request to the last answer.

use std::{
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::task::{JoinHandle, JoinSet, spawn_local};
use tokio_util::sync::CancellationToken;

use super::{
    notes::Notes, pace::Arrivals, script::Script, shared::Shared, timer::Timer, user::User,
};
use crate::{
    http::Connector,
    record::{Ledger, Live, Row},
};

/// How requests follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each user sends when it has its last answer; all are there after the ramp-up.
    Closed {
        ramp_up: Duration,
    },
    Open(Arrivals),
}

/// What all levels of a run have in common.
#[derive(Clone)]
pub(crate) struct Traffic {
    pub(crate) connector: Connector,
    pub(crate) rows: Vec<Row>,
    pub(crate) duration: Duration,
    pub(crate) timeout: Duration,
    pub(crate) pace: Pace,
    /// Cancelled when somebody wants it to end.
    pub(crate) interrupt: CancellationToken,
}

/// What came of a level.
pub(crate) struct Level<S> {
    pub(crate) ledger: Ledger,
    pub(crate) notes: Notes,
    /// The users' minds as they are at the end; those that were cut off in the middle are missing.
    pub(crate) scripts: Vec<S>,
}

/// A level that is running. It needs a [`tokio::task::LocalSet`] around it.
pub(crate) struct Running<S> {
    shared: Rc<Shared>,
    users: JoinSet<S>,
    pacer: Option<JoinHandle<io::Result<()>>>,
}

impl Traffic {
    /// Lets one user loose for each of `scripts`.
    ///
    /// # Errors
    /// Of the system, when it has no timer for the open model.
    pub(crate) fn begin<S>(&self, scripts: Vec<S>) -> io::Result<Running<S>>
    where
        S: Script + 'static,
    {
        let shared = Rc::new(Shared::new(self));
        let count = scripts.len() as u32;
        let mut users = JoinSet::new();
        for (place, script) in scripts.into_iter().enumerate() {
            let user = User::new(script, Rc::clone(&shared));
            match self.pace {
                Pace::Closed { ramp_up } => {
                    let start = shared.began + ramp_up * place as u32 / count;
                    users.spawn_local(user.send_until_over(start))
                }
                Pace::Open(_) => users.spawn_local(user.send_when_due()),
            };
        }
        let pacer = match self.pace {
            Pace::Closed { .. } => None,
            Pace::Open(arrivals) => {
                let timer = Timer::new()?;
                let shared = Rc::clone(&shared);
                Some(spawn_local(async move {
                    shared.release(&timer, arrivals, count as usize).await
                }))
            }
        };
        Ok(Running {
            shared,
            users,
            pacer,
        })
    }
}

impl<S: 'static> Running<S> {
    /// How it stands, and how long it has been running.
    pub(crate) fn live(&self) -> (Live, Duration) {
        let live = self.shared.ledger.borrow().live();
        (live, self.shared.began.elapsed())
    }

    /// Waits until the last answer is there. Can be called again when it was given up.
    pub(crate) async fn finish(&mut self, scripts: &mut Vec<S>) -> anyhow::Result<()> {
        while let Some(script) = self.users.join_next().await {
            scripts.push(script.context("a user failed")?);
        }
        if let Some(pacer) = self.pacer.take() {
            pacer.await.context("the pacer failed")??;
        }
        Ok(())
    }

    /// Ends it. What is still under way has failed.
    pub(crate) fn end(self, scripts: Vec<S>) -> Level<S> {
        drop(self.users);
        let shared = self.shared;
        let mut ledger = shared.ledger.replace(Ledger::open([], shared.began));
        let now = Instant::now();
        ledger.abort(now);
        ledger.last_until(now.min(shared.end));
        ledger.leave_unsent(shared.turns.left());
        Level {
            ledger,
            notes: shared.notes.take(),
            scripts,
        }
    }
}
