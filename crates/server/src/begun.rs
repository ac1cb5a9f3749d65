//! Requests that were read are begun, though their client may have left by then.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    thread,
};

use pin_project_lite::pin_project;

pin_project! {
    /// An answer that is polled at least once. hyper drops that of a client whose end it finds right
    /// behind the request, and what was never polled would be in no metric and no log.
    pub(crate) struct Begun<F: Future> {
        #[pin]
        answer: F,
        begun: bool,
    }

    impl<F: Future> PinnedDrop for Begun<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.begun && !thread::panicking() {
                let _ = this.answer.poll(&mut Context::from_waker(Waker::noop()));
            }
        }
    }
}

impl<F: Future> Begun<F> {
    pub(crate) fn new(answer: F) -> Self {
        Self {
            answer,
            begun: false,
        }
    }
}

impl<F: Future> Future for Begun<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.begun = true;
        this.answer.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future};

    use super::*;

    #[test]
    fn an_answer_that_nobody_waits_for_is_begun_and_no_further() {
        let steps = Cell::new(0);
        let answer = async {
            steps.set(1);
            future::pending::<()>().await;
            steps.set(2);
        };

        drop(Begun::new(answer));

        assert_eq!(steps.get(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_was_waited_for_is_not_polled_again() {
        let steps = Cell::new(0);
        let mut answer = Box::pin(Begun::new(future::poll_fn(|_| {
            steps.set(steps.get() + 1);
            Poll::<()>::Pending
        })));

        let waited = futures_util::poll!(&mut answer);
        drop(answer);

        assert!(waited.is_pending());
        assert_eq!(steps.get(), 1);
    }
}
