//! When a service stops: the signals, and what follows from them step by step.

mod background;
mod signals;
mod timetable;

use std::{io, time::Duration};

use tokio::{
    select,
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::signals::signalled;
use self::{background::Background, timetable::Timetable};

/// How a service takes its leave.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// How long it goes on serving after readiness went off, so that those who send traffic notice.
    pub drain_delay: Duration,
    /// How long requests in flight and background tasks may take once nothing new is accepted.
    pub shutdown_timeout: Duration,
}

/// The stages of a service's end, seen by all of its parts; clones see the same.
///
/// serving → *draining* (readiness off, still serving) → *stopping* (nothing new is accepted) →
/// *drained* (the API's connections are closed, background tasks have ended). What is not finished
/// under `shutdown_timeout` is cut, and a second later the process should be gone.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    grace: Grace,
    draining: CancellationToken,
    stopping: CancellationToken,
    cutting: CancellationToken,
    drained: CancellationToken,
    timetable: Timetable,
    background: Background,
}

impl Lifecycle {
    /// A lifecycle that starts to drain with the first SIGTERM or SIGINT; a second signal ends the
    /// process at once, with 143 or 130. The handlers are in place when this returns.
    ///
    /// They have a thread of their own, so that they work however busy the service is.
    ///
    /// # Errors
    /// Of the system, when it grants no thread or no handler.
    pub fn on_signals(grace: Grace) -> io::Result<Lifecycle> {
        let lifecycle = Lifecycle::manual(grace);
        signals::listen(lifecycle.clone())?;
        Ok(lifecycle)
    }

    /// A lifecycle that drains when [`drain`](Lifecycle::drain) is called.
    pub fn manual(grace: Grace) -> Lifecycle {
        Lifecycle {
            grace,
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            cutting: CancellationToken::new(),
            drained: CancellationToken::new(),
            timetable: Timetable::default(),
            background: Background::default(),
        }
    }

    /// Starts the end.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Starts the end without the drain delay: for a service that was never ready, to which nobody
    /// sends traffic.
    pub fn stop(&self) {
        self.draining.cancel();
        self.timetable.begin(self.grace.shutdown_timeout);
        self.stopping.cancel();
    }

    /// Runs a task beside the requests. It is told to stop when nothing is accepted any more, and
    /// has as long as requests in flight to end; past that it is logged by its name as cut.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn background<T>(&self, name: &'static str, task: impl FnOnce(CancellationToken) -> T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let task = task(self.stopping());
        self.background.group(name).spawn(task);
    }

    /// Has the end wait for `tasks`, too, once requests are through: they may begin some more.
    pub fn wait_for(&self, name: &'static str, tasks: TaskTracker) {
        self.background.add(name, tasks);
    }

    /// Cancelled the moment readiness must go off.
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Cancelled `drain_delay` later, when [`serve`](crate::serve) stops accepting.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled `shutdown_timeout` later, if something is still in flight: it is not waited for.
    pub fn cutting(&self) -> CancellationToken {
        self.cutting.clone()
    }

    /// Cancelled when the API has answered its last request and background tasks have ended.
    pub fn drained(&self) -> CancellationToken {
        self.drained.clone()
    }

    /// How long the stages take.
    pub fn grace(&self) -> Grace {
        self.grace
    }

    /// How long closing what is left, pools for example, may take from now on: a second, but not
    /// what the last words of the process need.
    pub fn time_to_close(&self) -> Duration {
        self.timetable.time_to_close()
    }

    /// How long the process may still take. Without an end in sight, [`Duration::MAX`].
    pub fn time_to_exit(&self) -> Duration {
        self.timetable.time_to_exit()
    }

    /// Waits for the end to begin and for the drain delay, and stops.
    pub(crate) async fn stopped(&self) {
        self.draining.cancelled().await;
        select! {
            () = self.stopping.cancelled() => {}
            () = sleep(self.grace.drain_delay) => {}
        }
        self.stop();
    }

    /// When what is in flight is cut, once the lifecycle has stopped.
    pub(crate) fn deadline(&self) -> Instant {
        self.timetable.begin(self.grace.shutdown_timeout)
    }

    /// Waits until nothing runs in the background.
    pub(crate) async fn background_ended(&self) {
        self.background.ended().await;
    }

    /// What still runs in the background: names, and how many of each.
    pub(crate) fn running(&self) -> Vec<(&'static str, usize)> {
        self.background.running()
    }
}
