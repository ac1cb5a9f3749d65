//! What the runs were made under: what differed, and what that does to the comparison.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{EndpointComparison, Run, Setting, Verdict, pairing};
use crate::results::{Configuration, Results};

/// A run as the comparison names it.
pub(super) fn run(results: &Results) -> Run {
    Run {
        timestamp: results.timestamp.clone(),
        base_url: results.config.base_url.clone(),
        interrupted: results.interrupted,
    }
}

/// What was asked of the two sides differently, in any round.
pub(super) fn differing_settings(pairs: &[(&Results, &Results)]) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (old, new) in pairs {
        for setting in differences(&old.config, &new.config) {
            if !settings.contains(&setting) {
                settings.push(setting);
            }
        }
    }
    settings
}

/// What limits the comparison, a sentence each.
pub(super) fn notes(
    pairs: &[(&Results, &Results)],
    endpoints: &[EndpointComparison],
) -> Vec<String> {
    let mut notes = Vec::new();
    for (number, (old, new)) in pairs.iter().enumerate() {
        let place = if pairs.len() == 1 {
            String::new()
        } else {
            format!("round {}: ", number + 1)
        };
        notes.extend(
            of_pair(old, new)
                .into_iter()
                .map(|note| format!("{place}{note}")),
        );
        notes.extend(unlike_the_first(pairs, number).map(|note| format!("{place}{note}")));
    }
    notes.extend(time(pairs));
    if endpoints.iter().any(errors_differ) {
        notes.push(
            "the error rates differ: failed requests count in the throughput and in the response \
             times, and may be faster or slower than answers"
                .to_owned(),
        );
    }
    notes
}

fn of_pair(old: &Results, new: &Results) -> Vec<String> {
    let mut notes = Vec::new();
    if old == new {
        notes.push("both sides are the same run".to_owned());
    }
    for (side, run) in [("old", old), ("new", new)] {
        if run.interrupted {
            notes.push(format!(
                "the {side} run was interrupted, and is shorter than asked for"
            ));
        }
    }
    for (side, run) in [("old", old), ("new", new)] {
        let unsent: u64 = run.levels.iter().map(|level| level.unsent_requests).sum();
        if unsent > 0 {
            notes.push(format!(
                "the {side} run could not send {unsent} requests, since all its users waited for \
                 answers: its response times lack them"
            ));
        }
    }
    let only = |side, names: Vec<String>| {
        (!names.is_empty()).then(|| format!("only the {side} run has {}", names.join(", ")))
    };
    notes.extend(only("old", pairing::alone(old, new)));
    notes.extend(only("new", pairing::alone(new, old)));
    notes
}

/// Whether a round was run otherwise than the first, on either side.
fn unlike_the_first(pairs: &[(&Results, &Results)], number: usize) -> Option<String> {
    let (first, this) = (pairs[0], pairs[number]);
    let mut names: Vec<String> = differences(&first.0.config, &this.0.config)
        .into_iter()
        .chain(differences(&first.1.config, &this.1.config))
        .map(|setting| setting.name)
        .collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| format!("run otherwise than the first round: {}", names.join(", ")))
}

fn differences(old: &Configuration, new: &Configuration) -> Vec<Setting> {
    let (old, new) = (settings(old), settings(new));
    let shown = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), Value::to_string);
    let names = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)));
    names
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Setting {
            name: name.clone(),
            old: shown(old.get(name)),
            new: shown(new.get(name)),
        })
        .collect()
}

fn settings(configuration: &Configuration) -> Map<String, Value> {
    match serde_json::to_value(configuration) {
        Ok(Value::Object(settings)) => settings,
        _ => Map::new(),
    }
}

fn errors_differ(endpoint: &EndpointComparison) -> bool {
    let verdicts = [Verdict::MoreErrors, Verdict::FewerErrors];
    endpoint
        .measures
        .iter()
        .any(|measure| verdicts.contains(&measure.verdict))
}

/// When a run began and ended.
type Span = (DateTime<Utc>, DateTime<Utc>);

/// Whether the sides ran under the same conditions, as far as time tells.
fn time(pairs: &[(&Results, &Results)]) -> Option<String> {
    let old: Vec<Span> = pairs
        .iter()
        .map(|(old, _)| span(old))
        .collect::<Option<_>>()?;
    let new: Vec<Span> = pairs
        .iter()
        .map(|(_, new)| span(new))
        .collect::<Option<_>>()?;
    let overlap = |one: &Span, other: &Span| one.0 < other.1 && other.0 < one.1;
    if old
        .iter()
        .any(|one| new.iter().any(|other| overlap(one, other)))
    {
        return Some(
            "runs of the two sides overlapped: each was part of what the other had to bear"
                .to_owned(),
        );
    }
    let (begun_old, begun_new) = (first_begin(&old)?, first_begin(&new)?);
    let apart = last_begin(&old)? < begun_new || last_begin(&new)? < begun_old;
    apart.then(|| {
        let what = if pairs.len() == 1 {
            "runs did not overlap"
        } else {
            "rounds did not alternate"
        };
        let (from, to) = (begun_old.min(begun_new), begun_old.max(begun_new));
        format!(
            "the {what}: what changed between {} on the machine is part of the difference",
            range(from, to)
        )
    })
}

fn first_begin(spans: &[Span]) -> Option<DateTime<Utc>> {
    spans.iter().map(|span| span.0).min()
}

fn last_begin(spans: &[Span]) -> Option<DateTime<Utc>> {
    spans.iter().map(|span| span.0).max()
}

fn span(run: &Results) -> Option<Span> {
    let begin = DateTime::parse_from_rfc3339(&run.timestamp).ok()?.to_utc();
    let seconds: f64 = if run.levels.is_empty() {
        run.results
            .iter()
            .map(|result| result.total_duration)
            .fold(0.0, f64::max)
    } else {
        run.levels.iter().map(|level| level.total_duration).sum()
    };
    let length = TimeDelta::from_std(std::time::Duration::try_from_secs_f64(seconds).ok()?).ok()?;
    Some((begin, begin + length))
}

fn range(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let format = if from.date_naive() == to.date_naive() {
        "%H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    format!("{} and {} UTC", from.format(format), to.format(format))
}
