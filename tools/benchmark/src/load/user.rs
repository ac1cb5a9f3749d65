//! One user: a line to the server and a mind of its own.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use hyper::StatusCode;
use tokio::time::sleep;

use super::{
    script::{Script, Step, Verdict},
    shared::Shared,
};
use crate::{
    http::{Answer, Failure, Kind, Line},
    record::Outcome,
};

/// How long a user waits that could not connect: a server that is gone is not asked a million
/// times.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct User<S> {
    script: S,
    line: Line,
    shared: Rc<Shared>,
}

impl<S: Script> User<S> {
    pub(super) fn new(script: S, shared: Rc<Shared>) -> Self {
        Self {
            script,
            line: Line::new(shared.connector.clone(), shared.timeout),
            shared,
        }
    }

    /// Sends one request after the other from `start` on, each when the one before has ended.
    pub(super) async fn send_until_over(mut self, start: Instant) -> S {
        self.shared.wait_until(start).await;
        self.line.open().await;
        while !self.shared.is_over()
            && let Some(step) = self.script.next()
        {
            self.send(step, Instant::now()).await;
        }
        self.script
    }

    /// Sends a request whenever one is due that no other user has taken.
    pub(super) async fn send_when_due(mut self) -> S {
        self.line.open().await;
        while let Some(due) = self.shared.take_turn().await
            && let Some(step) = self.script.next()
        {
            self.send(step, due).await;
        }
        self.script
    }

    /// Sends one request, whose time counts `since`.
    async fn send(&mut self, step: Step, since: Instant) {
        self.shared.ledger.borrow_mut().depart(step.row);
        let answer = self.line.send(step.request(), S::READS).await;
        // What it takes to look into the answer is no time of the server's.
        let at = Instant::now();
        let outcome = self.outcome(&answer);
        self.shared.arrive(&step, (since, at), outcome);
        if let Err(failure) = answer {
            self.shared.notes.borrow_mut().note(&failure.to_string());
            if failure.unconnected {
                sleep(PAUSE).await;
            }
        }
    }

    fn outcome(&mut self, answer: &Result<Answer, Failure>) -> Outcome {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                self.script.lost();
                return Outcome::unanswered(failure.kind);
            }
        };
        match self.script.judge(answer) {
            Ok(Verdict::ByStatus) => Outcome::of(answer.status),
            Ok(Verdict::Right) => right(answer.status),
            Err(mismatch) => {
                self.shared.notes.borrow_mut().note(&mismatch);
                Outcome {
                    failure: Some(Kind::Mismatch),
                    ..right(answer.status)
                }
            }
        }
    }
}

fn right(status: StatusCode) -> Outcome {
    Outcome {
        status: Some(status),
        failure: None,
    }
}
