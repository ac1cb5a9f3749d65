//! Runs against two servers, by turns.

use super::{Comparison, rounds};
use crate::results::Results;

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What was there before.
    Old,
    /// What it is compared with.
    New,
}

impl Side {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// One run of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Its round, from 1.
    pub round: u32,
    /// Whom it asks.
    pub side: Side,
}

/// Runs both sides by turns and compares them by round.
///
/// The side that begins alternates (old, new; new, old; ...), so that what moves steadily, such as
/// a machine that grows warm, weighs on both alike. A run that was interrupted, which is `None`,
/// ends the comparison: the rounds that are complete are compared, if there is one.
///
/// # Errors
///
/// Those of a run, and those of [`rounds`].
pub async fn live(
    count: u32,
    mut run: impl AsyncFnMut(Turn) -> anyhow::Result<Option<Results>>,
) -> anyhow::Result<Option<Comparison>> {
    let mut pairs = Vec::new();
    for round in 1..=count {
        let first = if round % 2 == 1 { Side::Old } else { Side::New };
        let Some(one) = run(Turn { round, side: first }).await? else {
            break;
        };
        let second = if first == Side::Old {
            Side::New
        } else {
            Side::Old
        };
        let turn = Turn {
            round,
            side: second,
        };
        let Some(other) = run(turn).await? else {
            break;
        };
        pairs.push(if first == Side::Old {
            (one, other)
        } else {
            (other, one)
        });
    }
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut comparison = rounds(&pairs)?;
    if pairs.len() < count as usize {
        let note = format!(
            "interrupted: {} of {count} rounds are complete",
            pairs.len()
        );
        comparison.notes.insert(0, note);
    }
    Ok(Some(comparison))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::comparison::{
        Basis,
        simulation::{Server, simulate},
    };

    /// Compares two servers, the new one twice as slow, and ends the run of this number, from 1.
    async fn compare_live(interrupted: usize) -> (Option<Comparison>, Vec<Turn>) {
        let mut random = Rng::with_seed(5);
        let mut turns = Vec::new();
        let comparison = live(4, async |turn: Turn| {
            turns.push(turn);
            let slowness = if turn.side == Side::New { 2.0 } else { 1.0 };
            let median = Server::USUAL.median * slowness;
            let server = Server {
                median,
                seconds: 2,
                ..Server::USUAL
            };
            let results = simulate(&server, &mut random);
            Ok(Some(results).filter(|_| turns.len() != interrupted))
        })
        .await;
        (comparison.unwrap(), turns)
    }

    #[tokio::test]
    async fn the_side_that_begins_alternates() {
        let (comparison, turns) = compare_live(0).await;

        use Side::{New, Old};
        let sides: Vec<Side> = turns.iter().map(|turn| turn.side).collect();
        assert_eq!(sides, [Old, New, New, Old, Old, New, New, Old]);
        let comparison = comparison.unwrap();
        assert_eq!(comparison.basis, Basis::Rounds);
        for measure in &comparison.endpoints[0].measures[1..5] {
            let ratio = measure.ratio.unwrap();
            assert!(
                (1.7..2.3).contains(&ratio),
                "{:?}: new by old is {ratio}",
                measure.measure
            );
        }
    }

    #[tokio::test]
    async fn an_interrupted_comparison_tells_of_the_complete_rounds() {
        let (comparison, turns) = compare_live(7).await;

        assert_eq!(turns.len(), 7);
        let comparison = comparison.unwrap();
        assert_eq!(comparison.old.len(), 3);
        assert!(
            comparison.notes[0].contains("3 of 4 rounds"),
            "{:?}",
            comparison.notes
        );
    }

    #[tokio::test]
    async fn without_a_complete_round_there_is_no_comparison() {
        for interrupted in [1, 2] {
            let (comparison, _) = compare_live(interrupted).await;

            assert_eq!(comparison, None);
        }
    }
}
