//! How one endpoint compares.

use super::{
    Basis, Bounds, EndpointComparison, Measure, MeasureComparison, Verdict,
    estimate::{self, Estimate, Sectioned},
    observation::{self, FEWEST_SECONDS, Observation},
    pairing::Pair,
    verdict,
};

/// Rounds that there must be: with two, Student's interval has no use.
const FEWEST_ROUNDS: usize = 3;

/// Sections with answers that there must be.
const FEWEST_SECTIONS: usize = 3;

/// Response times are kept to three digits: less of a difference is none.
const TIME_RESOLUTION: f64 = 0.001;

/// The two sides' values, and how they differ on the scale of [`onto_scale`].
struct Difference {
    old: f64,
    new: f64,
    estimate: Result<Estimate, String>,
}

/// Compares the endpoint of at least one round.
pub(super) fn compare(basis: Basis, rounds: &[Pair]) -> EndpointComparison {
    let (old, new) = (rounds[0].0.result, rounds[0].1.result);
    EndpointComparison {
        endpoint: old.endpoint.clone(),
        method: old.method.clone(),
        old_users: old.users,
        new_users: new.users,
        old_intervals: rounds.iter().map(|(old, _)| old.steady().len()).sum(),
        new_intervals: rounds.iter().map(|(_, new)| new.steady().len()).sum(),
        rounds: rounds.len(),
        measures: Measure::ALL
            .map(|measure| measured(basis, rounds, measure))
            .to_vec(),
    }
}

fn measured(basis: Basis, rounds: &[Pair], measure: Measure) -> MeasureComparison {
    let difference = match basis {
        Basis::Seconds => by_seconds(rounds[0], measure),
        Basis::Rounds => by_rounds(rounds, measure),
    };
    let Some(Difference { old, new, estimate }) = difference else {
        return without_answers(measure);
    };
    let (change, interval, verdict, statement) = match estimate {
        Ok(estimate) => {
            let bounds = Bounds {
                lower: from_scale(measure, estimate.lower),
                upper: from_scale(measure, estimate.upper),
            };
            let change = from_scale(measure, estimate.difference);
            let verdict = verdict::of(measure, bounds);
            (
                change,
                Some(bounds),
                verdict,
                verdict::statement(measure, verdict, change, bounds),
            )
        }
        Err(reason) => {
            let change = from_scale(measure, onto_scale(measure, new) - onto_scale(measure, old));
            (change, None, Verdict::TooFew, reason)
        }
    };
    MeasureComparison {
        measure,
        old: Some(old),
        new: Some(new),
        ratio: (measure != Measure::ErrorRate).then_some(change),
        difference: (measure == Measure::ErrorRate).then_some(change),
        interval,
        verdict,
        statement,
    }
}

fn without_answers(measure: Measure) -> MeasureComparison {
    MeasureComparison {
        measure,
        old: None,
        new: None,
        ratio: None,
        difference: None,
        interval: None,
        verdict: Verdict::TooFew,
        statement: "too few answers to say".to_owned(),
    }
}

fn by_seconds((old, new): Pair, measure: Measure) -> Option<Difference> {
    let value = |side: &Observation| observation::value(side.steady(), measure);
    let counted = |side: &Observation| observation::requests(side.steady());
    let (seconds_old, seconds_new) = (old.steady().len(), new.steady().len());
    let estimate = if seconds_old.min(seconds_new) < FEWEST_SECONDS {
        Err(format!(
            "too few intervals to say ({seconds_old} and {seconds_new}; {FEWEST_SECONDS} are \
             needed)"
        ))
    } else {
        sectioned(&old, measure)
            .zip(sectioned(&new, measure))
            .map(|(old, new)| estimate::independent(&old, &new))
            .map(|estimate| no_finer_than_counted(estimate, measure, counted(&old), counted(&new)))
            .ok_or_else(|| "too few intervals with answers to say".to_owned())
    };
    Some(Difference {
        old: value(&old)?,
        new: value(&new)?,
        estimate,
    })
}

fn sectioned(side: &Observation, measure: Measure) -> Option<Sectioned> {
    let value = |seconds: &[_]| {
        observation::value(seconds, measure).map(|value| onto_scale(measure, value))
    };
    let whole = value(side.steady())?;
    let sections: Vec<f64> = side.sections().into_iter().filter_map(value).collect();
    let seconds = side.steady().chunks(1).filter_map(value).collect();
    (sections.len() >= FEWEST_SECTIONS).then_some(Sectioned {
        whole,
        sections,
        seconds,
    })
}

fn by_rounds(rounds: &[Pair], measure: Measure) -> Option<Difference> {
    let answered: Vec<(f64, f64)> = rounds
        .iter()
        .filter_map(|(old, new)| old.value(measure).zip(new.value(measure)))
        .map(|(old, new)| (onto_scale(measure, old), onto_scale(measure, new)))
        .collect();
    if answered.is_empty() {
        return None;
    }
    let count = answered.len() as f64;
    let old = answered.iter().map(|(old, _)| old).sum::<f64>() / count;
    let new = answered.iter().map(|(_, new)| new).sum::<f64>() / count;
    let differences: Vec<f64> = answered.iter().map(|(old, new)| new - old).collect();
    let estimate = if answered.len() < FEWEST_ROUNDS {
        let rounds = answered.len();
        Err(format!(
            "too few rounds to say ({rounds}; {FEWEST_ROUNDS} are needed)"
        ))
    } else {
        let old = sum(rounds.iter().map(|(old, _)| old.requests()));
        let new = sum(rounds.iter().map(|(_, new)| new.requests()));
        Ok(no_finer_than_counted(
            estimate::paired(&differences),
            measure,
            old,
            new,
        ))
    };
    let side = |value: f64| match measure {
        Measure::ErrorRate => value,
        _ => value.exp(),
    };
    Some(Difference {
        old: side(old),
        new: side(new),
        estimate,
    })
}

/// Widens an interval to what a difference must exceed, however little the sections vary; counts
/// are all requests and failed ones.
fn no_finer_than_counted(
    estimate: Estimate,
    measure: Measure,
    old: (u64, u64),
    new: (u64, u64),
) -> Estimate {
    match measure {
        Measure::Throughput => estimate,
        Measure::ErrorRate => {
            let (lower, upper) = estimate::independent_shares(old, new);
            estimate.at_least((lower * 100.0, upper * 100.0))
        }
        _ => estimate.widened(TIME_RESOLUTION),
    }
}

/// The sums of requests and of failed ones.
fn sum(counts: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    counts.fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1))
}

/// The scale on which differences are estimated: error rates as they are, all else by its
/// logarithm, so that a difference is a ratio.
fn onto_scale(measure: Measure, value: f64) -> f64 {
    match measure {
        Measure::ErrorRate => value,
        _ => value.ln(),
    }
}

fn from_scale(measure: Measure, difference: f64) -> f64 {
    match measure {
        Measure::ErrorRate => difference,
        _ => difference.exp(),
    }
}
