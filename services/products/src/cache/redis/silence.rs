//! How long an answer has been owed.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The time since the first question that was put after the last answer.
#[derive(Debug, Default)]
pub(super) struct Silence(Option<Instant>);

impl Silence {
    /// A question is put.
    pub(super) fn asked(&mut self) {
        self.0.get_or_insert_with(Instant::now);
    }

    /// An answer has come, or none is owed any more.
    pub(super) fn answered(&mut self) {
        self.0 = None;
    }

    /// Whether an answer is owed for longer than this.
    pub(super) fn exceeds(&self, patience: Duration) -> bool {
        self.0.is_some_and(|since| since.elapsed() > patience)
    }
}

/// No holder leaves anything half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_lasts_from_the_first_question_to_an_answer() {
        const PATIENCE: Duration = Duration::from_secs(2);
        let mut silence = Silence::default();
        assert!(!silence.exceeds(Duration::ZERO), "nothing was asked");

        for _ in 0..3 {
            silence.asked();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let before = silence.exceeds(PATIENCE);
        silence.answered();

        assert!(before, "asking again is no answer");
        assert!(!silence.exceeds(Duration::ZERO), "it was answered");
    }
}
