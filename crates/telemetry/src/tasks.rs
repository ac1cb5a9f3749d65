//! Background work: how much of it there is, how long it takes, and how it ends.

mod families;

use std::{future::Future, time::Duration};

use tokio::time::timeout;

pub(crate) use self::families::Tasks;
use crate::{
    Metrics,
    ending::{End, follow},
};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With `Ok`.
    Ok,
    /// With `Err`, or a panic.
    Error,
    /// It took longer than it was given.
    Timeout,
    /// It was dropped before it was finished.
    Cancelled,
}

impl Outcome {
    /// In the order of declaration.
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Error, Self::Timeout, Self::Cancelled];

    /// The value of the label `outcome`.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
        }
    }

    fn of<T, E>(end: End<'_, Result<T, E>>) -> Self {
        match end {
            End::Finished(Ok(_)) => Self::Ok,
            End::Finished(Err(_)) | End::Panicked => Self::Error,
            End::Dropped => Self::Cancelled,
        }
    }
}

/// A task took longer than it was given, and was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("task {task} took longer than {limit:?}")]
pub struct TimedOut {
    /// What the task is called.
    pub task: &'static str,
    /// How long it was given.
    pub limit: Duration,
}

/// What tasks are called is part of the program: a name made up at run time would make series
/// without end.
impl Metrics {
    /// Announces a task, so that its series are in the first scrape, at zero.
    pub fn declare_task(&self, task: &'static str) {
        self.tasks().of(task);
    }

    /// `future`, counted and timed as `task` from this call to its end: `Err` or a panic is the
    /// outcome `error`, being dropped is `cancelled`.
    pub fn track_async_task<F, T, E>(
        &self,
        task: &'static str,
        future: F,
    ) -> impl Future<Output = Result<T, E>> + use<F, T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let run = self.tasks().of(task).start();
        follow(future, move |end| run.end(Outcome::of(end)))
    }

    /// The same for a `future` that is dropped when it is not finished within `limit`: the outcome
    /// is `timeout` then. As with [`tokio::time::timeout`], the outer result is about the time.
    pub fn track_async_task_within<F, T, E>(
        &self,
        task: &'static str,
        limit: Duration,
        future: F,
    ) -> impl Future<Output = Result<Result<T, E>, TimedOut>> + use<F, T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let run = self.tasks().of(task).start();
        // The timer is started where there surely is a runtime.
        let within = async move {
            let outcome = timeout(limit, future).await;
            outcome.map_err(|_| TimedOut { task, limit })
        };
        follow(within, move |end| {
            run.end(match end {
                End::Finished(Ok(result)) => Outcome::of(End::Finished(result)),
                End::Finished(Err(_)) => Outcome::Timeout,
                End::Panicked => Outcome::Error,
                End::Dropped => Outcome::Cancelled,
            });
        })
    }
}
