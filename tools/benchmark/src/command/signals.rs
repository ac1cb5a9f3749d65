//! Ending a run before its time.

use std::{cell::OnceCell, rc::Rc};

use tokio::{
    select,
    signal::unix::{SignalKind, signal},
    task::spawn_local,
};
use tokio_util::sync::CancellationToken;

/// It was ended by a signal before there was anything to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted before there were results")]
pub(crate) struct Interrupted(SignalKind);

/// What Ctrl-C and SIGTERM do.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    /// Cancelled by the first one: nothing more is sent.
    pub(super) interrupt: CancellationToken,
    /// Cancelled by the second one: nothing more is waited for.
    pub(super) abort: CancellationToken,
    /// There before anything is cancelled.
    first: Rc<OnceCell<Interrupted>>,
}

impl Interrupted {
    /// 128 and the number of the signal, as shells have it: 130 or 143.
    pub(crate) fn status(self) -> u8 {
        128 + self.0.as_raw_value() as u8
    }
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        let signals = Self::default();
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        // Without signals there is no way to end it early, which is no reason not to begin.
        if let [Ok(mut key), Ok(mut term)] = kinds.map(signal) {
            let heard = signals.clone();
            spawn_local(async move {
                let mut next = async || {
                    select! {
                        _ = key.recv() => kinds[0],
                        _ = term.recv() => kinds[1],
                    }
                };
                let _ = heard.first.set(Interrupted(next().await));
                heard.interrupt.cancel();
                next().await;
                heard.abort.cancel();
            });
        }
        signals
    }

    /// By what it was interrupted, which it must have been.
    pub(super) fn interruption(&self) -> Interrupted {
        let first = self.first.get();
        *first.expect("it is there before anything is cancelled")
    }

    /// What comes of `work`, unless the first signal comes before.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        select! {
            done = work => Ok(done),
            () = self.interrupt.cancelled() => Err(self.interruption()),
        }
    }

    /// What comes of `work`, unless the second signal comes before.
    pub(super) async fn unless_aborted<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        select! {
            done = work => Ok(done),
            () = self.abort.cancelled() => Err(self.interruption()),
        }
    }
}
