//! The moment at which a connection is in hand.
//!
//! sea-orm acquires and executes in one call. sqlx runs the hooks of its pool within the future that
//! acquires, so that they can tell that call's caller, by way of a task-local cell.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use sea_orm::{DbErr, error::ConnAcquireErr};
use tokio::time::{Instant, sleep_until};

use super::eager;

tokio::task_local! {
    static IN_HAND: Cell<Option<Instant>>;
}

/// A call of sea-orm's, boxed as its traits give it.
pub(super) type Work<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbErr>> + Send + 'a>>;

/// To be called by the hooks `before_acquire` and `after_connect` of a pool as the last thing they
/// do: tells [`Database`](crate::Database) that the connection is in hand now. Has no effect
/// elsewhere.
pub fn connection_acquired() {
    // Connections that the pool opens ahead of need belong to nobody's work.
    let _ = IN_HAND.try_with(|at| at.set(Some(Instant::now())));
}

/// Runs `work`; tells `in_hand` once it has a connection, and gives it up when it has none at
/// `deadline`. Without a deadline there are no hooks, and the connection counts as in hand at once.
pub(super) async fn within<T>(
    deadline: Option<Instant>,
    mut work: Work<'_, T>,
    mut in_hand: impl FnMut(Instant),
) -> Result<T, DbErr> {
    let Some(deadline) = deadline else {
        in_hand(Instant::now());
        return work.await;
    };
    let mut late = pin!(sleep_until(deadline));
    let mut acquired = false;
    poll_fn(|cx| {
        if acquired {
            return work.as_mut().poll(cx);
        }
        let (polled, at) = IN_HAND.sync_scope(Cell::new(None), || {
            let in_hand = || IN_HAND.with(Cell::get);
            let polled = eager::poll(work.as_mut(), cx, || in_hand().is_some());
            (polled, in_hand())
        });
        if let Some(at) = at {
            acquired = true;
            in_hand(at);
        } else if polled.is_pending() && late.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(timeout()));
        }
        polled
    })
    .await
}

/// What work ends with that had no connection in time.
pub(super) fn timeout() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
}

pub(super) fn is_timeout<T>(outcome: &Result<T, DbErr>) -> bool {
    matches!(
        outcome,
        Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
    )
}
