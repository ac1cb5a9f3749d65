//! How a future ends, whoever ends it.

use std::{
    future::{self, Future},
    marker::PhantomData,
    pin::pin,
};

/// How a future ended.
pub(crate) enum End<'a, T> {
    Finished(&'a T),
    Panicked,
    /// Dropped before it was finished.
    Dropped,
}

/// `future`, with `ended` called once, at whatever end it has. It counts as under way from this
/// call on, so that one is told of also when it is dropped before it is polled.
pub(crate) fn follow<F: Future>(
    future: F,
    ended: impl FnOnce(End<'_, F::Output>),
) -> impl Future<Output = F::Output> {
    let mut watch = Watch {
        ended: Some(ended),
        polling: false,
        _output: PhantomData,
    };
    async move {
        let mut future = pin!(future);
        let output = future::poll_fn(|context| {
            watch.polling = true;
            let polled = future.as_mut().poll(context);
            watch.polling = false;
            polled
        })
        .await;
        watch.end(End::Finished(&output));
        output
    }
}

/// Is dropped in the middle of a poll only when that panics.
struct Watch<T, F: FnOnce(End<'_, T>)> {
    ended: Option<F>,
    polling: bool,
    _output: PhantomData<fn(&T)>,
}

impl<T, F: FnOnce(End<'_, T>)> Watch<T, F> {
    fn end(&mut self, end: End<'_, T>) {
        if let Some(ended) = self.ended.take() {
            ended(end);
        }
    }
}

impl<T, F: FnOnce(End<'_, T>)> Drop for Watch<T, F> {
    fn drop(&mut self) {
        self.end(if self.polling {
            End::Panicked
        } else {
            End::Dropped
        });
    }
}
