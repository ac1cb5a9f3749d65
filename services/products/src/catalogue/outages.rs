//! What the log says of requests that the database could not answer: little, however many they are.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::store::{Error, Outage};

/// The least time between two warnings of the same outage.
const INTERVAL: Duration = Duration::from_secs(10);

/// Warns of each kind of outage at once, and then now and then for as long as requests fail.
#[derive(Debug, Default)]
pub(super) struct Outages {
    told: Mutex<HashMap<Outage, Told>>,
    bare: Notify,
}

/// What the log was told of one kind.
#[derive(Debug)]
struct Told {
    at: Instant,
    /// Requests that failed since then.
    requests: u64,
}

impl Outages {
    /// A request ended in `error`.
    pub(super) fn note(&self, error: &Error) {
        let Error::Unavailable { outage, cause, .. } = error else {
            return;
        };
        if *outage == Outage::Bare {
            self.bare.notify_one();
        }
        let reason = outage.reason();
        match self.count(*outage) {
            Some(requests) => {
                tracing::warn!(exception = %cause, reason, requests, "Database unavailable");
            }
            None => tracing::debug!(exception = %cause, reason, "Database unavailable"),
        }
    }

    /// Waits until a table was missing.
    pub(super) async fn bare(&self) {
        self.bare.notified().await;
    }

    /// How many requests failed since the warning before, if it is time for one.
    fn count(&self, outage: Outage) -> Option<u64> {
        let now = Instant::now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = told.get_mut(&outage) else {
            told.insert(
                outage,
                Told {
                    at: now,
                    requests: 0,
                },
            );
            return Some(1);
        };
        told.requests += 1;
        if now - told.at < INTERVAL {
            return None;
        }
        told.at = now;
        Some(std::mem::take(&mut told.requests))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, pause};

    use super::*;

    #[tokio::test]
    async fn an_outage_is_told_of_at_once_and_then_with_all_that_failed_meanwhile() {
        pause();
        let outages = Outages::default();

        assert_eq!(outages.count(Outage::Silent), Some(1));
        for _ in 0..3 {
            assert_eq!(outages.count(Outage::Silent), None);
        }
        assert_eq!(outages.count(Outage::Full), Some(1), "another one");
        advance(INTERVAL).await;

        assert_eq!(outages.count(Outage::Silent), Some(4));
        assert_eq!(outages.count(Outage::Silent), None);
    }
}
