//! One number of users after the other.

use tokio::{
    select,
    time::{Instant, interval_at},
};

use super::session::Session;
use crate::{
    load::{ENDLESS, Notes, Pace, Script, Traffic},
    progress::Progress,
    results,
};

/// What the levels of a run came to.
pub(super) struct Outcome<S> {
    pub(super) levels: Vec<results::Level>,
    pub(super) results: Vec<results::EndpointResult>,
    pub(super) notes: Notes,
    pub(super) scripts: Vec<S>,
}

/// Runs a level for each number of users, until one is interrupted.
pub(super) async fn run<S: Script + 'static>(
    session: &Session<'_>,
    traffic: &Traffic,
    users: &[u32],
    progress: &mut Progress,
    mut scripts: impl FnMut(u32) -> Vec<S>,
) -> anyhow::Result<Outcome<S>> {
    let mut outcome = Outcome {
        levels: Vec::new(),
        results: Vec::new(),
        notes: Notes::default(),
        scripts: Vec::new(),
    };
    for &users in users {
        if traffic.interrupt.is_cancelled() {
            break;
        }
        let length = traffic.duration;
        progress.begin(users, (length < ENDLESS).then_some(length));
        let mut running = traffic.begin(scripts(users))?;
        let mut ended = Vec::new();
        let period = progress.interval();
        let mut ticks = interval_at(Instant::now() + period, period);
        loop {
            select! {
                finished = running.finish(&mut ended) => break finished?,
                () = session.signals.abort.cancelled() => break,
                _ = ticks.tick() => {
                    let (live, elapsed) = running.live();
                    progress.show(&live, elapsed);
                }
            }
        }
        let level = running.end(ended);
        progress.end();
        let waits = matches!(traffic.pace, Pace::Closed { .. });
        let (all, each) = level.ledger.close(users, waits);
        outcome.levels.push(all);
        outcome.results.extend(each);
        outcome.scripts.extend(level.scripts);
        outcome.notes.add(level.notes);
    }
    Ok(outcome)
}
