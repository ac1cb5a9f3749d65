//! How late the event loop is.

use std::{sync::mpsc, thread, time::Duration};

use telemetry::EventLoop;
use tokio::{runtime::Builder, sync::mpsc::unbounded_channel};

use crate::watched::{DEADLINE, Watched};

const SEEN: &str = "event_loop_stall_seconds_count";
const SHORT: &str = "event_loop_stall_seconds_bucket{le=\"0.5\"}";

#[track_caller]
fn wait_until(what: &str, event_loop: &EventLoop, good: impl Fn(Duration) -> bool) {
    servers::poll_until_blocking(what, DEADLINE, || {
        let stalled = event_loop.stalled_for();
        if good(stalled) { Ok(()) } else { Err(stalled) }
    });
}

#[test]
fn a_blocked_runtime_is_seen_while_it_is_blocked_and_afterwards() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let watched = Watched::of(runtime.handle());
    let event_loop = watched.watcher.event_loop();
    let (block, mut blocked) = unbounded_channel::<mpsc::Receiver<()>>();
    let looping = thread::spawn(move || {
        runtime.block_on(async {
            while let Some(until) = blocked.recv().await {
                // The mistake that this is all about: a task that blocks.
                let _ = until.recv();
            }
        });
    });
    watched.wait(SEEN, |beats| beats >= 2.0);
    assert_eq!(watched.read(SEEN), watched.read(SHORT));

    let (free, until) = mpsc::channel();
    block.send(until).unwrap();

    let longer = Duration::from_millis(700);
    wait_until("a stall", &event_loop, |stalled| stalled > longer);
    drop(free);
    watched.wait(SEEN, |beats| beats > watched.read(SHORT));
    assert!(
        event_loop.stalled_for() > longer,
        "who had to wait for its end can see it"
    );
    wait_until("its end", &event_loop, |stalled| stalled < longer);
    drop(block);
    looping.join().unwrap();
}

#[test]
fn nothing_stalls_that_is_not_watched_any_more() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let watched = Watched::of(runtime.handle());
    let event_loop = watched.watcher.event_loop();
    wait_until("a runtime that nobody runs", &event_loop, |stalled| {
        stalled > Duration::ZERO
    });

    drop(runtime);

    assert_eq!(event_loop.stalled_for(), Duration::ZERO);
}
