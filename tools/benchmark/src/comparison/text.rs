//! A comparison for people.

use std::fmt;

use super::{Comparison, EndpointComparison, Measure, MeasureComparison, Run};
use crate::format;

/// Headings of the table.
const HEADINGS: [&str; 6] = ["", "old", "new", "new/old", "95 % interval", ""];

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        runs(f, "old", &self.old)?;
        runs(f, "new", &self.new)?;
        for setting in &self.differing_settings {
            let (name, old, new) = (&setting.name, &setting.old, &setting.new);
            writeln!(f, "differs: {name}, {old} against {new}")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for endpoint in &self.endpoints {
            writeln!(f)?;
            heading(f, endpoint)?;
            table(f, endpoint.measures.iter().map(row))?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "One interval of 95 % in twenty misses the truth by chance."
        )
    }
}

fn runs(f: &mut fmt::Formatter<'_>, side: &str, runs: &[Run]) -> fmt::Result {
    match runs {
        [] => Ok(()),
        [run] => writeln!(f, "{side}: {} at {}", run.base_url, run.timestamp),
        [first, .., last] => {
            let (url, count) = (&first.base_url, runs.len());
            let (from, to) = (&first.timestamp, &last.timestamp);
            writeln!(f, "{side}: {url}, {count} runs from {from} to {to}")
        }
    }
}

fn heading(f: &mut fmt::Formatter<'_>, endpoint: &EndpointComparison) -> fmt::Result {
    let EndpointComparison {
        method,
        endpoint: path,
        old_users,
        new_users,
        ..
    } = endpoint;
    write!(f, "{method} {path}, {old_users}")?;
    if old_users != new_users {
        write!(f, " against {new_users}")?;
    }
    write!(f, " users: ")?;
    if endpoint.rounds > 1 {
        write!(f, "{} rounds, ", endpoint.rounds)?;
    }
    let (old, new) = (endpoint.old_intervals, endpoint.new_intervals);
    writeln!(f, "{old} and {new} steady seconds")
}

fn row(comparison: &MeasureComparison) -> [String; 6] {
    let measure = comparison.measure;
    let side = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| quantity(measure, v));
    let change = comparison.ratio.or(comparison.difference);
    let interval = comparison.interval.map(|bounds| {
        format!(
            "{} to {}",
            proportion(measure, bounds.lower),
            proportion(measure, bounds.upper)
        )
    });
    [
        name(measure).to_owned(),
        side(comparison.old),
        side(comparison.new),
        change.map_or_else(|| "-".to_owned(), |change| proportion(measure, change)),
        interval.unwrap_or_else(|| "-".to_owned()),
        comparison.statement.clone(),
    ]
}

fn table(f: &mut fmt::Formatter<'_>, rows: impl Iterator<Item = [String; 6]>) -> fmt::Result {
    let rows: Vec<_> = [HEADINGS.map(str::to_owned)]
        .into_iter()
        .chain(rows)
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let [first, old, new, change, interval, _] = [0, 1, 2, 3, 4, 5].map(width);
    for [measure, of_old, of_new, changed, bounds, statement] in &rows {
        let line = format!(
            "  {measure:<first$}  {of_old:>old$}  {of_new:>new$}  {changed:>change$}  \
             {bounds:>interval$}  {statement}"
        );
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// What a measure is called in the table.
pub(super) fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Throughput => "throughput",
        Measure::Mean => "mean",
        Measure::P50 => "p50",
        Measure::P95 => "p95",
        Measure::P99 => "p99",
        Measure::ErrorRate => "error rate",
    }
}

fn quantity(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Throughput => format!("{}/s", three_digits(value)),
        Measure::ErrorRate => format!("{} %", three_digits(value)),
        _ => format::time(value),
    }
}

fn proportion(measure: Measure, value: f64) -> String {
    match measure {
        Measure::ErrorRate => format!("{value:+.3}"),
        _ => format!("{value:.3}"),
    }
}

fn three_digits(value: f64) -> String {
    match value {
        v if v >= 99.95 => format!("{v:.0}"),
        v if v >= 9.995 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}
