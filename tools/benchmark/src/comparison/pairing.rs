//! Which endpoints of two sides belong together.

use super::observation::Observation;
use crate::results::{EndpointResult, Results};

/// An endpoint in one round, on the old side and on the new one.
pub(super) type Pair<'a> = (Observation<'a>, Observation<'a>);

/// The endpoints that both sides have, in the order of the first round; each in all rounds that
/// have it on both sides.
pub(super) fn matches<'a>(pairs: &[(&'a Results, &'a Results)]) -> Vec<Vec<Pair<'a>>> {
    let mut matches: Vec<Vec<Pair>> = Vec::new();
    for pair in pairs.iter().flat_map(|(old, new)| common(old, new)) {
        let known = matches
            .iter_mut()
            .find(|rounds| same(rounds[0].0.result, pair.0.result));
        match known {
            Some(rounds) => rounds.push(pair),
            None => matches.push(vec![pair]),
        }
    }
    matches
}

/// What a run has, in words.
pub(super) fn described(run: &Results) -> String {
    let each: Vec<_> = run.results.iter().map(name).collect();
    if each.is_empty() {
        "none".to_owned()
    } else {
        each.join(", ")
    }
}

/// What only the first of two runs has, in words.
pub(super) fn alone(run: &Results, other: &Results) -> Vec<String> {
    let matched = common(run, other);
    let is_matched = |result: &EndpointResult| {
        matched
            .iter()
            .any(|(observation, _)| same(observation.result, result))
    };
    run.results
        .iter()
        .filter(|result| !is_matched(result))
        .map(name)
        .collect()
}

fn common<'a>(old: &'a Results, new: &'a Results) -> Vec<Pair<'a>> {
    let exact = matched(old, new, same);
    if exact.is_empty() && one_level(old) && one_level(new) {
        return matched(old, new, same_but_users);
    }
    exact
}

fn matched<'a>(
    old: &'a Results,
    new: &'a Results,
    belong: fn(&EndpointResult, &EndpointResult) -> bool,
) -> Vec<Pair<'a>> {
    let observe = |run: &'a Results, result| Observation {
        result,
        ramp_up: run.config.ramp_up,
    };
    old.results
        .iter()
        .filter_map(|of_old| {
            let of_new = new.results.iter().find(|of_new| belong(of_old, of_new))?;
            Some((observe(old, of_old), observe(new, of_new)))
        })
        .collect()
}

fn same(one: &EndpointResult, other: &EndpointResult) -> bool {
    same_but_users(one, other) && one.users == other.users
}

fn same_but_users(one: &EndpointResult, other: &EndpointResult) -> bool {
    one.endpoint == other.endpoint && one.method == other.method
}

fn one_level(run: &Results) -> bool {
    run.results
        .windows(2)
        .all(|two| two[0].users == two[1].users)
}

fn name(result: &EndpointResult) -> String {
    format!(
        "{} {} ({} users)",
        result.method, result.endpoint, result.users
    )
}
