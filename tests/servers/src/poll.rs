//! Waiting for a state instead of for a time.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two looks: short against any deadline, long against a look's own cost.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks until `look` answers `Ok`, and gives what it answered. `Err` is the state seen instead.
///
/// # Panics
/// When `deadline` has passed since the call; the message says `what` was awaited and the last state.
pub async fn poll_until<T, S, F>(what: &str, deadline: Duration, mut look: impl FnMut() -> F) -> T
where
    S: Debug,
    F: Future<Output = Result<T, S>>,
{
    let start = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(state) => refuse_after(deadline, start, what, &state),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// [`poll_until`] for code without a runtime.
///
/// # Panics
/// As [`poll_until`].
#[track_caller]
pub fn poll_until_blocking<T, S: Debug>(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> Result<T, S>,
) -> T {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(state) => refuse_after(deadline, start, what, &state),
        }
        thread::sleep(PAUSE);
    }
}

#[track_caller]
fn refuse_after(deadline: Duration, start: Instant, what: &str, state: &dyn Debug) {
    assert!(
        start.elapsed() < deadline,
        "waited {deadline:?} for {what}; last state: {state:?}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_good_state_ends_the_wait() {
        let mut looks = 0;

        let found = poll_until("the third look", Duration::from_secs(5), || {
            looks += 1;
            let seen = looks;
            async move { if seen == 3 { Ok(seen) } else { Err(seen) } }
        })
        .await;

        assert_eq!(found, 3);
    }

    #[test]
    #[should_panic(expected = "waited 20ms for better days; last state: \"rain\"")]
    fn a_missed_deadline_tells_the_last_state() {
        poll_until_blocking("better days", Duration::from_millis(20), || {
            Err::<(), _>("rain")
        });
    }
}
