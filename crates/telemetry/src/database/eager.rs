//! Polling for a future that gives way too often.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

/// How often such a future is polled in one turn. sqlx gives way some 800 times while it computes
/// the proof of a password (SCRAM, RFC 5802), a few microseconds each: where many tasks are ready,
/// connecting would wait for all of them as often, for seconds in all.
const POLLS: usize = 16;

/// Polls `future` several times before this task gives way, until it is ready or `enough` is said.
pub(super) fn poll<F: Future + ?Sized>(
    mut future: Pin<&mut F>,
    cx: &mut Context<'_>,
    mut enough: impl FnMut() -> bool,
) -> Poll<F::Output> {
    for _ in 1..POLLS {
        let polled = future.as_mut().poll(cx);
        if polled.is_ready() || enough() {
            return polled;
        }
    }
    future.poll(cx)
}

/// `future`, polled so.
pub(super) async fn eager<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| poll(future.as_mut(), cx, || false)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Turns that another task has until `future` is ready.
    async fn turns_of_others(future: impl Future<Output = ()> + Send + 'static) -> usize {
        static TURNS: AtomicUsize = AtomicUsize::new(0);
        let other = tokio::spawn(async {
            loop {
                TURNS.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        tokio::task::yield_now().await;
        let before = TURNS.load(Ordering::Relaxed);
        tokio::spawn(future).await.expect("an end");
        other.abort();
        TURNS.load(Ordering::Relaxed) - before
    }

    #[tokio::test]
    async fn who_gives_way_often_has_several_turns_at_once() {
        let polite = || async {
            for _ in 0..800 {
                tokio::task::yield_now().await;
            }
        };

        let waited = turns_of_others(polite()).await;
        let waited_less = turns_of_others(eager(polite())).await;

        assert!(waited >= 800, "{waited}");
        assert!(waited_less <= waited / 8, "{waited_less} of {waited}");
    }

    #[tokio::test]
    async fn who_waits_is_woken_as_ever() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let waiting = tokio::spawn(eager(receiver));
        tokio::task::yield_now().await;

        sender.send(7).expect("it is waited for");

        assert_eq!(waiting.await.expect("an end"), Ok(7));
    }
}
