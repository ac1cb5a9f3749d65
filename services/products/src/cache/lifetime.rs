//! How long entries live.

use std::time::Duration;

use super::entry::Entry;

/// How long entries live, in either tier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifetimes {
    /// Of an answer.
    pub present: Duration,
    /// Of the knowledge that there is no object.
    pub absent: Duration,
    /// By what part of it at most a lifetime is shortened by chance, so that entries that were made
    /// together do not expire together: 0 to 1.
    pub jitter: f64,
}

impl Lifetimes {
    /// How long this entry is to live.
    pub(super) fn of(&self, entry: &Entry) -> Duration {
        let lifetime = if entry.is_present() {
            self.present
        } else {
            self.absent
        };
        lifetime.mul_f64(1.0 - self.jitter * fastrand::f64())
    }

    /// The longest that any entry lives.
    pub(super) fn longest(&self) -> Duration {
        self.present.max(self.absent)
    }
}
