//! What a read costs by where its answer is found, against poem with nothing around it.

mod bare;
mod client;
mod place;
mod subject;
mod tally;

use anyhow::Result;
use servers::Redis;

pub(crate) use self::bare::{Bare, serve};
use self::{place::Place, subject::Subject};
use crate::{processor::Apart, table::Table, turns};

/// An odd number: the median is then what one of the rounds measured.
const ROUNDS: usize = 15;

/// Prints what reads cost that are found in the process, in Redis, and in neither.
///
/// # Errors
/// When the programs that it needs are missing.
///
/// # Panics
/// When a request fails, or is not answered from where it should be.
pub(crate) async fn run() -> Result<()> {
    let apart = Apart::new();
    let postgres = apart.among_servers(crate::postgres)?;
    let redis = apart.among_servers(Redis::start)?;
    let mut subjects = Vec::new();
    for place in Place::ALL {
        subjects.push(Subject::service(place, &apart, &postgres, &redis).await);
    }
    let hit = subjects[0].answer().await;
    subjects.insert(0, Subject::bare(&hit, &apart).await);
    for round in 0..=ROUNDS {
        for turn in turns::order(round, subjects.len()) {
            subjects[turn].take_turn(round).await;
        }
    }
    for subject in &subjects {
        subject.read_again().await;
    }
    print(&subjects);
    Ok(())
}

fn print(subjects: &[Subject]) {
    let bare = &subjects[0];
    let mut table = Table::new(&[
        "answer",
        "CPU a request",
        "requests a CPU second, to bare poem",
        "a second",
        "to bare poem",
    ]);
    for subject in subjects {
        table.row([
            subject.to_string(),
            format!("{:.2} µs", subject.cost.median_ms() * 1e3),
            bare.cost.over(&subject.cost).to_string(),
            format!("{:.0}", 1e3 / subject.interval.median_ms()),
            bare.interval.over(&subject.interval).to_string(),
        ]);
    }
    println!(
        "cache: {} connections, {ROUNDS} rounds\n{table}",
        client::CONNECTIONS
    );
}
