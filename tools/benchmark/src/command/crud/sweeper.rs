//! Taking away what the users have left.

use std::vec;

use hyper::StatusCode;

use super::mind::Mind;
use crate::{
    command::{levels, session::Session},
    http::Answer,
    load::{AT_ONCE, ENDLESS, Script, Step, Traffic, Verdict},
    progress::Progress,
    results::Cleanup,
};

/// Users that delete.
const SWEEPERS: usize = 8;

/// Deletes what is left. What the first signal ends is the load; only the second ends this.
pub(super) async fn sweep(
    session: &Session<'_>,
    traffic: &Traffic,
    minds: Vec<Mind>,
    progress: &mut Progress,
) -> anyhow::Result<Cleanup> {
    let mut heaps: Vec<Vec<Step>> = vec![Vec::new(); SWEEPERS];
    for (place, mind) in minds.into_iter().enumerate() {
        heaps[place % SWEEPERS].extend(mind.leftovers());
    }
    let all: usize = heaps.iter().map(Vec::len).sum();
    let traffic = Traffic {
        duration: ENDLESS,
        pace: AT_ONCE,
        interrupt: session.signals.abort.clone(),
        ..traffic.clone()
    };
    let users = [SWEEPERS as u32];
    let sweepers = |_| {
        let heaps = heaps.drain(..);
        heaps.map(|heap| Sweeper(heap.into_iter())).collect()
    };
    let swept = levels::run(session, &traffic, &users, progress, sweepers).await?;
    let level = swept.levels.first();
    let deleted = level.map_or(0, |level| level.total_requests - level.failed_requests);
    // Those that were not come to are there as well.
    let failed = (all as u64).saturating_sub(deleted);
    Ok(Cleanup { deleted, failed })
}

struct Sweeper(vec::IntoIter<Step>);

impl Script for Sweeper {
    const READS: bool = false;

    fn next(&mut self) -> Option<Step> {
        self.0.next()
    }

    /// What is gone already need not be deleted.
    fn judge(&mut self, answer: &Answer) -> Result<Verdict, String> {
        Ok(match answer.status {
            StatusCode::NOT_FOUND => Verdict::Right,
            _ => Verdict::ByStatus,
        })
    }
}
