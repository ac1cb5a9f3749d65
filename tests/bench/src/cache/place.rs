//! Where answers are found.

use std::fmt;

use super::{ROUNDS, tally::Tally};

/// Products that are read again and again.
pub(super) const HOT: u32 = 1_000;

/// Reads in one turn that find an answer in a cache: a quarter of a second, or half of it.
const HITS: u32 = 20_000;

/// Reads in one turn that find none; each needs a product that was never read.
const MISSES: u32 = 4_000;

/// Where the service finds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In its own memory.
    Process,
    /// In Redis alone.
    Redis,
    /// In SQLite, since the process does not have it.
    Sqlite,
    /// In PostgreSQL, since neither the process nor Redis has it.
    Postgres,
}

impl Place {
    pub(super) const ALL: [Self; 4] = [Self::Process, Self::Redis, Self::Sqlite, Self::Postgres];

    /// Whether a cache has it.
    pub(super) fn is_hit(self) -> bool {
        matches!(self, Self::Process | Self::Redis)
    }

    /// Whether it takes a Redis, and therefore PostgreSQL.
    pub(super) fn is_shared(self) -> bool {
        matches!(self, Self::Redis | Self::Postgres)
    }

    /// What `X-Cache` says.
    pub(super) fn source(self) -> &'static str {
        if self.is_hit() { "hit" } else { "miss" }
    }

    /// How many products there must be.
    pub(super) fn products(self) -> u32 {
        if self.is_hit() {
            HOT
        } else {
            MISSES * (ROUNDS as u32 + 1)
        }
    }

    /// What is read in one turn, by id.
    pub(super) fn ids(self, round: usize) -> Vec<u32> {
        if self.is_hit() {
            (0..HITS).map(|number| number % HOT + 1).collect()
        } else {
            let first = MISSES * round as u32 + 1;
            (first..first + MISSES).collect()
        }
    }

    /// What the service counts in one turn.
    pub(super) fn tally(self) -> Tally {
        let none = Tally::default();
        let (hits, misses) = (u64::from(HITS), u64::from(MISSES));
        match self {
            Self::Process => Tally {
                local_hits: hits,
                ..none
            },
            Self::Redis => Tally {
                redis_hits: hits,
                ..none
            },
            Self::Sqlite => Tally {
                local_misses: misses,
                selects: misses,
                ..none
            },
            Self::Postgres => Tally {
                local_misses: misses,
                redis_misses: misses,
                redis_fills: misses,
                selects: misses,
                ..none
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Process => "hit in the process, on SQLite",
            Self::Redis => "hit in Redis, on PostgreSQL",
            Self::Sqlite => "miss, on SQLite",
            Self::Postgres => "miss, on PostgreSQL with Redis",
        })
    }
}
