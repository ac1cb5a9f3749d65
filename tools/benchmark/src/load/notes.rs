//! Failures in words.

use std::collections::BTreeMap;

/// How many different failures a level remembers.
const MAX_NOTES: usize = 20;

/// Failures in words, and how often each was met.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<String, u64>);

impl Notes {
    /// Remembers a failure.
    pub(super) fn note(&mut self, failure: &str) {
        if let Some(count) = self.0.get_mut(failure) {
            *count += 1;
        } else if self.0.len() < MAX_NOTES {
            self.0.insert(failure.to_owned(), 1);
        }
    }

    /// Takes over what others have met.
    pub(crate) fn add(&mut self, others: Self) {
        for (failure, count) in others.0 {
            *self.0.entry(failure).or_default() += count;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &u64)> {
        self.0.iter()
    }
}
