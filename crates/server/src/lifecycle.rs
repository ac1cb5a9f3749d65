//! When a service stops: the signals, and what follows from them step by step.

mod signals;

use std::{io, time::Duration};

use tokio_util::sync::CancellationToken;

/// How a service takes its leave.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// How long it goes on serving after readiness went off, so that those who send traffic notice.
    pub drain_delay: Duration,
    /// How long requests in flight may take once nothing new is accepted.
    pub shutdown_timeout: Duration,
}

/// The stages of a service's end, seen by all of its parts; clones see the same.
///
/// serving → *draining* (readiness off, still serving) → *stopping* (nothing new is accepted) →
/// *drained* (the API's connections are closed).
#[derive(Debug, Clone)]
pub struct Lifecycle {
    grace: Grace,
    draining: CancellationToken,
    stopping: CancellationToken,
    drained: CancellationToken,
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
            drained: CancellationToken::new(),
        }
    }

    /// Starts the end.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Cancelled the moment readiness must go off.
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Cancelled `drain_delay` later, when [`serve`](crate::serve) stops accepting.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when the API has answered its last request.
    pub fn drained(&self) -> CancellationToken {
        self.drained.clone()
    }

    /// How long the stages take.
    pub fn grace(&self) -> Grace {
        self.grace
    }
}
