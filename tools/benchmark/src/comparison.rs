//! Whether two runs differ, and by how much.
//!
//! Two numbers side by side say nothing: seconds of one run differ among themselves, and so do two
//! runs of the same program. Every difference here comes with an interval that covers the true one
//! in 95 of 100 comparisons, and is called a difference only where the interval leaves none out.
//!
//! **Two runs** are compared by their steady seconds: those after the ramp-up, without the last,
//! which is shorter. Seconds that follow each other resemble each other, so they are not counted as
//! independent: each run is cut into as many sections as the root of the number of its seconds (the
//! SQRT rule: Fishman and Yarberry, *An implementation of the batch means method*, INFORMS Journal
//! on Computing 9, 1997), and what is estimated for the whole run is estimated for each section too
//! (sectioning: Asmussen and Glynn, *Stochastic Simulation*, 2007, III.5). Sections of a short run
//! still resemble their neighbours; by how much they understate the variance follows from the
//! correlation of neighbouring seconds, if it fades by the same factor with each second. The interval
//! of the difference of the logarithms is Welch's, with Student's t. `coverage.rs` holds it to its
//! promise with simulated servers.
//!
//! A percentile is the **pooled percentile** of the steady seconds: that of all their requests
//! together, not a mean of the seconds' percentiles, in which a short stall would vanish. A second
//! is known by its median, p95, p99 and longest; between them its requests are taken as spread
//! evenly over the logarithm of time.
//!
//! **Rounds** are several pairs of runs, one of each side shortly after the other. Each pair gives
//! one ratio, free of whatever moved slower than a round; the interval is Student's over the
//! rounds' log ratios, and it contains what differs from one start of a run to the next, which no
//! pair of runs can show (Kalibera and Jones, *Rigorous benchmarking in reasonable time*, 2013).
//!
//! **Error rates** are compared by their difference, since they may be zero. Their interval is
//! never narrower than that for independent requests (Newcombe, *Interval estimation for the
//! difference between independent proportions*, Statistics in Medicine 17, 1998, method 10): no
//! failure in every section does not prove that there can be none.

mod arguments;
mod conditions;
#[cfg(test)]
mod coverage;
mod document;
mod endpoint;
mod estimate;
mod file;
mod live;
mod observation;
mod pairing;
mod pooled;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod simulation;
mod slowdown;
mod text;
mod verdict;

use thiserror::Error;

pub use self::{
    arguments::{Arguments, Misuse, Plan},
    document::{
        Basis, Bounds, Comparison, EndpointComparison, Measure, MeasureComparison, Run, Setting,
        Verdict,
    },
    file::{check_output, read},
    live::{Side, Turn, live},
};
use crate::results::Results;

/// Why runs cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Incomparable {
    /// There is no run.
    #[error("there is nothing to compare")]
    NoRuns,
    /// The sides have asked for different things.
    #[error("no endpoint in common: the old side has {old}; the new side has {new}")]
    NoCommonEndpoint {
        /// What the old side has.
        old: String,
        /// What the new side has.
        new: String,
    },
}

/// Compares two runs by their steady seconds.
///
/// # Errors
///
/// If they have no endpoint in common.
pub fn compare(old: &Results, new: &Results) -> Result<Comparison, Incomparable> {
    comparison(&[(old, new)])
}

/// Compares pairs of an old and a new run, made one shortly after the other; a single pair is
/// compared as [`compare`] does.
///
/// # Errors
///
/// If there is no pair, or the pairs have no endpoint in common.
pub fn rounds(pairs: &[(Results, Results)]) -> Result<Comparison, Incomparable> {
    let pairs: Vec<_> = pairs.iter().map(|(old, new)| (old, new)).collect();
    comparison(&pairs)
}

fn comparison(pairs: &[(&Results, &Results)]) -> Result<Comparison, Incomparable> {
    let first = pairs.first().ok_or(Incomparable::NoRuns)?;
    let basis = if pairs.len() == 1 {
        Basis::Seconds
    } else {
        Basis::Rounds
    };
    let matches = pairing::matches(pairs);
    if matches.is_empty() {
        let (old, new) = (pairing::described(first.0), pairing::described(first.1));
        return Err(Incomparable::NoCommonEndpoint { old, new });
    }
    let endpoints: Vec<_> = matches
        .iter()
        .map(|rounds| endpoint::compare(basis, rounds))
        .collect();
    Ok(Comparison {
        basis,
        old: pairs.iter().map(|(old, _)| conditions::run(old)).collect(),
        new: pairs.iter().map(|(_, new)| conditions::run(new)).collect(),
        differing_settings: conditions::differing_settings(pairs),
        notes: conditions::notes(pairs, &endpoints),
        endpoints,
    })
}
