//! What is slower than may be.

use super::{Comparison, Measure, MeasureComparison, text};

impl Comparison {
    /// What is shown to be slower by more than so many percent, a sentence each: the whole interval
    /// lies beyond it. Percent are those of the verdicts: of the old throughput, or response time.
    pub fn slowdowns(&self, percent: f64) -> Vec<String> {
        let mut slowdowns = Vec::new();
        for endpoint in &self.endpoints {
            let slower = endpoint
                .measures
                .iter()
                .filter(|measure| least(measure) > percent);
            slowdowns.extend(slower.map(|measure| {
                let (method, path, users) =
                    (&endpoint.method, &endpoint.endpoint, endpoint.new_users);
                let (name, statement) = (text::name(measure.measure), &measure.statement);
                format!("{method} {path} ({users} users): {name} is {statement}")
            }));
        }
        slowdowns
    }
}

/// The least slowdown that the interval has room for, in percent; negative where there may be none.
fn least(comparison: &MeasureComparison) -> f64 {
    let Some(bounds) = comparison.interval else {
        return f64::NEG_INFINITY;
    };
    match comparison.measure {
        Measure::Throughput => (1.0 - bounds.upper) * 100.0,
        Measure::Mean | Measure::P50 | Measure::P95 | Measure::P99 => (bounds.lower - 1.0) * 100.0,
        Measure::ErrorRate => f64::NEG_INFINITY,
    }
}
