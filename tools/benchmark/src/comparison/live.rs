//! Runs against two servers, by turns.

use anyhow::bail;

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
/// a machine that grows warm, weighs on both alike. An interrupted run ends the comparison: the
/// rounds that are complete are compared.
///
/// # Errors
///
/// Those of a run, those of [`rounds`], and if not even one round was completed.
pub async fn live(
    count: u32,
    mut run: impl AsyncFnMut(Turn) -> anyhow::Result<Results>,
) -> anyhow::Result<Comparison> {
    let mut pairs = Vec::new();
    for round in 1..=count {
        let first = if round % 2 == 1 { Side::Old } else { Side::New };
        let one = run(Turn { round, side: first }).await?;
        if one.interrupted {
            break;
        }
        let second = if first == Side::Old {
            Side::New
        } else {
            Side::Old
        };
        let other = run(Turn {
            round,
            side: second,
        })
        .await?;
        if other.interrupted {
            break;
        }
        pairs.push(if first == Side::Old {
            (one, other)
        } else {
            (other, one)
        });
    }
    if pairs.is_empty() {
        bail!("interrupted before the first round was complete: there is nothing to compare");
    }
    let mut comparison = rounds(&pairs)?;
    if pairs.len() < count as usize {
        let note = format!(
            "interrupted: {} of {count} rounds are complete",
            pairs.len()
        );
        comparison.notes.insert(0, note);
    }
    Ok(comparison)
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
    async fn compare_live(interrupted: usize) -> (anyhow::Result<Comparison>, Vec<Turn>) {
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
            let mut results = simulate(&server, &mut random);
            results.interrupted = turns.len() == interrupted;
            Ok(results)
        })
        .await;
        (comparison, turns)
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

            assert!(comparison.unwrap_err().to_string().contains("interrupted"));
        }
    }
}
