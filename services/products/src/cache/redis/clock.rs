//! What time it is at the server.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

/// The clock of a server, as far as one can know it from here: it is never ahead of the server's
/// own, and behind it by as long as an answer took, if both go equally fast.
#[derive(Debug)]
pub(super) struct Clock {
    origin: Instant,
    /// The server's time at the origin, in microseconds of Unix.
    at_origin: AtomicI64,
}

/// What `TIME` answers: seconds of Unix, and microseconds.
pub(super) type Time = (i64, i64);

impl Clock {
    /// The server has said just now that it is `time`.
    pub(super) fn new(time: Time) -> Self {
        let clock = Self {
            origin: Instant::now(),
            at_origin: AtomicI64::default(),
        };
        clock.set(time);
        clock
    }

    /// The server has said so again.
    pub(super) fn set(&self, (seconds, micros): Time) {
        let since_origin = micros_between(self.origin, Instant::now());
        let time = seconds.saturating_mul(1_000_000).saturating_add(micros);
        self.at_origin
            .store(time.saturating_sub(since_origin), Ordering::Relaxed);
    }

    /// The server's time at a moment, in microseconds of Unix.
    pub(super) fn at(&self, moment: Instant) -> i64 {
        let at_origin = self.at_origin.load(Ordering::Relaxed);
        at_origin.saturating_add(micros_between(self.origin, moment))
    }
}

/// Negative where `to` is the earlier one.
fn micros_between(from: Instant, to: Instant) -> i64 {
    let (sign, span) = if to < from {
        (-1, from - to)
    } else {
        (1, to - from)
    };
    sign * i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn it_goes_on_from_what_the_server_said_last() {
        let clock = Clock::new((100, 7));
        let start = Instant::now();
        advance(SECOND).await;

        assert_eq!(clock.at(start), 100_000_007);
        assert_eq!(clock.at(start + 2 * SECOND), 102_000_007);
        assert_eq!(clock.at(start - SECOND), 99_000_007, "before it was asked");

        clock.set((200, 0));
        assert_eq!(clock.at(start), 199_000_000, "a second ago");
    }
}
