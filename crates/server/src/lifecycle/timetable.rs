//! What the end of a process may take, from the deadline of requests on.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::Instant;

/// The most that closing takes when there is time.
const CLOSING: Duration = Duration::from_secs(1);

/// From the deadline to where closing is given up. Cutting takes the first part of it.
const CLOSED_AFTER: Duration = Duration::from_millis(650);

/// From the deadline to the exit, which itself takes the rest of a second.
const GONE_AFTER: Duration = Duration::from_millis(950);

/// Stands for never, as a time that can be calculated with.
const FAR_AWAY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Known from the moment on at which the service stops; clones know the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Timetable {
    deadline: Arc<OnceLock<Instant>>,
}

impl Timetable {
    /// Gives what is in flight `timeout` from the first call on, and says when that is over.
    pub(super) fn begin(&self, timeout: Duration) -> Instant {
        *self
            .deadline
            .get_or_init(|| Instant::now() + timeout.min(FAR_AWAY))
    }

    pub(super) fn time_to_close(&self) -> Duration {
        CLOSING.min(self.left(CLOSED_AFTER))
    }

    pub(super) fn time_to_exit(&self) -> Duration {
        self.left(GONE_AFTER)
    }

    fn left(&self, after: Duration) -> Duration {
        let deadline = self.deadline.get();
        deadline.map_or(Duration::MAX, |deadline| {
            (*deadline + after).saturating_duration_since(Instant::now())
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause};

    use super::*;

    #[tokio::test]
    async fn the_time_to_close_shrinks_towards_the_end_and_leaves_some_for_the_exit() {
        pause();
        let timetable = Timetable::default();
        assert_eq!(timetable.time_to_close(), CLOSING);
        assert_eq!(timetable.time_to_exit(), Duration::MAX);

        timetable.begin(Duration::from_secs(10));
        assert_eq!(timetable.time_to_close(), CLOSING);
        advance(Duration::from_millis(10_250)).await;
        assert_eq!(timetable.time_to_close(), Duration::from_millis(400));
        advance(timetable.time_to_close()).await;

        assert_eq!(timetable.time_to_close(), Duration::ZERO);
        assert_eq!(timetable.time_to_exit(), Duration::from_millis(300));
    }

    #[tokio::test]
    async fn the_deadline_is_set_once_and_may_be_as_far_away_as_can_be() {
        pause();
        let timetable = Timetable::default();

        let first = timetable.begin(Duration::MAX);
        advance(Duration::from_secs(1)).await;

        assert_eq!(timetable.begin(Duration::ZERO), first);
    }
}
