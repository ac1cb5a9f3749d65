//! What the service itself counts of its reads.

use std::ops::Sub;

use servers::Scrape;

/// Reads by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) local_hits: u64,
    pub(super) local_misses: u64,
    pub(super) redis_hits: u64,
    pub(super) redis_misses: u64,
    /// Offers to Redis of what was read elsewhere.
    pub(super) redis_fills: u64,
    /// Statements that read from the database.
    pub(super) selects: u64,
}

impl Tally {
    /// What a scrape says.
    ///
    /// # Panics
    /// When it lacks a series.
    pub(super) fn of(text: &str) -> Self {
        let scrape = Scrape::parse(text);
        let value = |name: &str, labels: &[(&str, &str)]| match scrape.series(name, labels)[..] {
            [series] => series.value as u64,
            _ => panic!("one {name} with {labels:?} is expected in {text}"),
        };
        let reads = |tier, result| {
            let labels = [("tier", tier), ("result", result)];
            value("cache_requests_total", &labels)
        };
        Self {
            local_hits: reads("local", "hit"),
            local_misses: reads("local", "miss"),
            redis_hits: reads("redis", "hit"),
            redis_misses: reads("redis", "miss"),
            redis_fills: value(
                "cache_operation_duration_seconds_count",
                &[("operation", "set")],
            ),
            selects: value("db_queries_total", &[("operation", "select")]),
        }
    }
}

impl Sub for Tally {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            local_hits: self.local_hits - before.local_hits,
            local_misses: self.local_misses - before.local_misses,
            redis_hits: self.redis_hits - before.redis_hits,
            redis_misses: self.redis_misses - before.redis_misses,
            redis_fills: self.redis_fills - before.redis_fills,
            selects: self.selects - before.selects,
        }
    }
}
