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
        Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || answer(&runtime, signals, &lifecycle))?;
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
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
