//! How late the event loop is: a task that wants to be woken ten times a second, and a clock
//! that tells by how much it is overdue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use prometheus::Histogram;
use tokio::{runtime::Handle, task::AbortHandle};

use crate::{MetricsError, Registry};

/// A stall longer than this is never missed; a shorter one is seen with the probability of its
/// length over this. Ten wake-ups a second cost some 100 µs of CPU time a second.
const PERIOD: Duration = Duration::from_millis(100);

/// From the resolution of tokio's timer, past which requests feel it (100 ms), to ten seconds, at
/// which a service is usually taken for dead.
const BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// For how long a stall is told of when it is over, so that what had to wait for its end can see it.
const AFTERMATH: Duration = Duration::from_secs(1);

/// The time at which no beat is awaited.
const NEVER: u64 = u64::MAX;

/// Tells whether a runtime's event loop still turns. Ask it from a thread that is none of that
/// runtime's; a clone looks at the same loop.
#[derive(Debug, Clone)]
pub struct EventLoop {
    beat: Arc<Beat>,
}

#[derive(Debug)]
struct Beat {
    origin: Instant,
    /// When the next beat is due, in nanoseconds after the origin.
    due: AtomicU64,
    /// How late the last beat was that came later than a whole period, in nanoseconds.
    late: AtomicU64,
    /// When it came, in nanoseconds after the origin.
    came: AtomicU64,
}

impl EventLoop {
    /// For how long the loop has been held up by now, or was until less than a second ago: zero
    /// while it turns (but for a millisecond or two, the timer's resolution), and after the
    /// [`Watcher`](crate::Watcher) is dropped.
    #[must_use]
    pub fn stalled_for(&self) -> Duration {
        let now = self.beat.origin.elapsed();
        let came = Duration::from_nanos(self.beat.came.load(Ordering::Acquire));
        let late = Duration::from_nanos(self.beat.late.load(Ordering::Relaxed));
        let past = late > Duration::ZERO && now.saturating_sub(came) < AFTERMATH;
        self.lateness()
            .max(if past { late } else { Duration::ZERO })
    }

    /// By how much the next beat is late.
    fn lateness(&self) -> Duration {
        let due = Duration::from_nanos(self.beat.due.load(Ordering::Relaxed));
        self.beat.origin.elapsed().saturating_sub(due)
    }

    /// A beat has come, that late.
    fn note(&self, late: Duration) {
        if late > PERIOD {
            self.beat.late.store(nanos(late), Ordering::Relaxed);
            let now = nanos(self.beat.origin.elapsed());
            self.beat.came.store(now, Ordering::Release);
        }
    }

    fn expect_beat(&self) {
        let due = self.beat.origin.elapsed() + PERIOD;
        self.beat.due.store(nanos(due), Ordering::Relaxed);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER)
}

/// The heart, beating until it is dropped or its runtime ends.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    pub(crate) event_loop: EventLoop,
    task: AbortHandle,
}

impl Heartbeat {
    pub(crate) fn start(registry: &Registry, runtime: &Handle) -> Result<Self, MetricsError> {
        let lateness = registry.histogram(
            "event_loop_stall_seconds",
            "By how much a task was woken too late that asked to be woken every 0.1 s.",
            &BOUNDS,
        )?;
        let event_loop = EventLoop {
            beat: Arc::new(Beat {
                origin: Instant::now(),
                due: AtomicU64::new(NEVER),
                late: AtomicU64::new(0),
                came: AtomicU64::new(0),
            }),
        };
        event_loop.expect_beat();
        let last = LastBeat(event_loop.clone());
        let task = runtime.spawn(beat(last, lateness)).abort_handle();
        Ok(Self { event_loop, task })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn beat(heart: LastBeat, lateness: Histogram) {
    loop {
        heart.0.expect_beat();
        tokio::time::sleep(PERIOD).await;
        let late = heart.0.lateness();
        heart.0.note(late);
        lateness.observe(late.as_secs_f64());
    }
}

/// When the task is gone, nobody is late any more.
struct LastBeat(EventLoop);

impl Drop for LastBeat {
    fn drop(&mut self) {
        self.0.beat.late.store(0, Ordering::Relaxed);
        self.0.beat.due.store(NEVER, Ordering::Relaxed);
    }
}
