//! What clients have to say of an outage.

use std::time::{Duration, Instant};

use crate::Exchange;

/// Where a service is asked whether it is ready.
pub(crate) const READINESS: &str = "/health/ready";

/// What the clients saw of an outage.
#[derive(Debug)]
pub struct Account {
    /// Requests for products.
    pub products: Vec<Exchange>,
    /// Requests about the service's health.
    pub probes: Vec<Exchange>,
    /// When the database went away.
    pub began: Instant,
    /// When it was back.
    pub ended: Instant,
    /// When the service had been ready, and every client served once more.
    pub calm: Instant,
}

impl Account {
    /// From the beginning to the first "not ready", if there was one.
    pub fn to_unready(&self) -> Option<Duration> {
        let unready = |probe: &&Exchange| {
            probe.asks(READINESS) && !probe.succeeded() && probe.sent >= self.began
        };
        let first = self.probes.iter().find(unready)?;
        Some(first.ended() - self.began)
    }

    /// How long the slowest request took of those that had no product for an answer.
    pub fn slowest_refusal(&self) -> Duration {
        let refused = self.refusals().map(|exchange| exchange.took);
        refused.max().unwrap_or_default()
    }

    /// From the end to "ready".
    pub fn to_ready(&self) -> Option<Duration> {
        let ready = |probe: &&Exchange| {
            probe.asks(READINESS) && probe.succeeded() && probe.sent >= self.ended
        };
        let first = self.probes.iter().find(ready)?;
        Some(first.ended() - self.ended)
    }

    /// From the end until the service had been ready, and every client served once more.
    pub fn to_served(&self) -> Duration {
        self.calm - self.ended
    }

    /// From the end to the last request that had no product for an answer.
    pub fn to_last_refusal(&self) -> Duration {
        let last = self.refusals().map(Exchange::ended).max();
        last.map_or(Duration::ZERO, |last| {
            last.saturating_duration_since(self.ended)
        })
    }

    /// How many requests had no product for an answer.
    pub fn refusals(&self) -> impl Iterator<Item = &Exchange> {
        self.products
            .iter()
            .filter(|exchange| !exchange.succeeded())
    }

    /// How many products clients were told that they had created.
    pub fn acknowledged(&self) -> usize {
        let created = |exchange: &&Exchange| exchange.status() == Some(201);
        self.products.iter().filter(created).count()
    }
}
