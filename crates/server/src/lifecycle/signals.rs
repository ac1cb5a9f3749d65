//! SIGTERM and SIGINT, heard on a thread that does nothing else.

use std::{io, process, thread};

use tokio::{
    runtime::{Builder, Runtime},
    select,
    signal::unix::{Signal, SignalKind, signal},
};

use super::Lifecycle;

/// The exit status of a process that a signal ended is this plus the signal's number.
const SIGNALLED: i32 = 128;

/// Installs the handlers and leaves a thread behind that answers them.
pub(super) fn listen(lifecycle: Lifecycle) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let signals = {
        let _entered = runtime.enter();
        Signals::hear()?
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || answer(&runtime, signals, &lifecycle))?;
    Ok(())
}

/// Waits for the first SIGTERM or SIGINT and gives its name: for commands that are over by
/// themselves. Process 1 of a container, which they may be, would otherwise not hear it.
///
/// # Errors
/// Of the system, when it grants no handler.
pub async fn signalled() -> io::Result<&'static str> {
    let first = Signals::hear()?.next().await;
    Ok(if first == SignalKind::terminate() {
        "SIGTERM"
    } else {
        "SIGINT"
    })
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn hear() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> SignalKind {
        select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }
}

fn answer(runtime: &Runtime, mut signals: Signals, lifecycle: &Lifecycle) {
    let first = runtime.block_on(signals.next());
    tracing::info!(
        signal = first.as_raw_value(),
        "draining: a second signal exits at once"
    );
    lifecycle.drain();
    let second = runtime.block_on(signals.next());
    process::exit(SIGNALLED + second.as_raw_value());
}
