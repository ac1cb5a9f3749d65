//! Conditions on the results: `p95<50ms`.

use std::{fmt, str::FromStr};

use crate::results::EndpointResult;

/// A condition that every endpoint has to meet.
#[derive(Debug, Clone)]
pub(crate) struct Threshold {
    text: String,
    measure: Measure,
    comparison: Comparison,
    /// Seconds, percent or requests a second.
    bound: f64,
}

#[derive(Debug, Clone, Copy)]
enum Measure {
    Time(Time),
    ErrorRate,
    Throughput,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    AtMost,
    Greater,
    AtLeast,
}

type Time = fn(&EndpointResult) -> f64;

const TIMES: [(&str, Time); 8] = [
    ("avg", |result| result.avg_response_time),
    ("min", |result| result.min_response_time),
    ("max", |result| result.max_response_time),
    ("p50", |result| result.p50_response_time),
    ("p90", |result| result.p90_response_time),
    ("p95", |result| result.p95_response_time),
    ("p99", |result| result.p99_response_time),
    ("p999", |result| result.p999_response_time),
];

const HELP: &str = "write it like p95<50ms, error_rate<1% or requests_per_second>1000: one of \
    avg, min, max, p50, p90, p95, p99, p999 (with us, ms or s), error_rate (with %), \
    requests_per_second, and <, <=, > or >=";

impl Threshold {
    /// Says by what `result` crosses it, if it does. What was never answered met nothing.
    pub(crate) fn crossed_by(&self, result: &EndpointResult) -> Option<String> {
        let (found, unit) = match self.measure {
            Measure::Time(_) if result.distribution.is_empty() => {
                return Some(self.sentence(result, "there was no answer"));
            }
            Measure::Time(time) => (time(result), "s"),
            Measure::ErrorRate => (result.error_rate, "%"),
            Measure::Throughput => (result.requests_per_second, "/s"),
        };
        let met = match self.comparison {
            Comparison::Less => found < self.bound,
            Comparison::AtMost => found <= self.bound,
            Comparison::Greater => found > self.bound,
            Comparison::AtLeast => found >= self.bound,
        };
        (!met).then(|| self.sentence(result, &format!("it is {found:.6}{unit}")))
    }

    fn sentence(&self, result: &EndpointResult, found: &str) -> String {
        let EndpointResult {
            method,
            endpoint,
            users,
            ..
        } = result;
        format!("{self} is not met by {method} {endpoint} with {users} users: {found}")
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.find(['<', '>']).ok_or(HELP)?;
        let (measure, rest) = text.split_at(place);
        let (sign, bound) = match rest
            .strip_prefix(['<', '>'])
            .and_then(|rest| rest.strip_prefix('='))
        {
            Some(bound) => (&rest[..2], bound),
            None => rest.split_at(1),
        };
        let comparison = match sign {
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            _ => Comparison::AtLeast,
        };
        let measure = Measure::parse(measure.trim()).ok_or(HELP)?;
        Ok(Self {
            text: text.to_owned(),
            measure,
            comparison,
            bound: measure.bound(bound.trim()).ok_or(HELP)?,
        })
    }
}

impl Measure {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "error_rate" => Some(Self::ErrorRate),
            "requests_per_second" => Some(Self::Throughput),
            _ => TIMES
                .iter()
                .find(|(time, _)| *time == name)
                .map(|(_, time)| Self::Time(*time)),
        }
    }

    /// Reads a bound in its unit, which a time must have: 50 could be anything.
    fn bound(self, text: &str) -> Option<f64> {
        let units: &[(&str, f64)] = match self {
            Self::Time(_) => &[("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)],
            Self::ErrorRate => &[("%", 1.0), ("", 1.0)],
            Self::Throughput => &[("/s", 1.0), ("", 1.0)],
        };
        units
            .iter()
            .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
            .and_then(|(number, factor)| Some(number.trim().parse::<f64>().ok()? * factor))
            .filter(|bound| bound.is_finite() && *bound >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Ledger, Outcome, Row};

    /// An endpoint with this response time, half of whose answers are failures.
    fn result(seconds: f64) -> EndpointResult {
        let row = Row {
            method: "GET".to_owned(),
            endpoint: "/".to_owned(),
        };
        let mut ledger = Ledger::open([row], std::time::Instant::now());
        for status in [200, 500] {
            ledger.depart(0);
            let status = hyper::StatusCode::from_u16(status).unwrap();
            let now = std::time::Instant::now();
            ledger.arrive(0, now, now, Outcome::of(status));
        }
        let (_, mut results) = ledger.close(1, false);
        let mut result = results.remove(0);
        result.p95_response_time = seconds;
        result.requests_per_second = 100.0;
        result
    }

    #[test]
    fn a_condition_is_met_or_crossed() {
        for (condition, met) in [
            ("p95<50ms", true),
            ("p95 < 0.05 s", true),
            ("p95<=40ms", true),
            ("p95<40ms", false),
            ("p95<39000us", false),
            ("error_rate<1%", false),
            ("error_rate<=50%", true),
            ("error_rate<51", true),
            ("requests_per_second>=100", true),
            ("requests_per_second>100", false),
        ] {
            let threshold: Threshold = condition.parse().unwrap();

            let crossed = threshold.crossed_by(&result(0.04));

            assert_eq!(crossed.is_none(), met, "{condition}: {crossed:?}");
        }
    }

    #[test]
    fn what_was_never_answered_has_no_short_time() {
        let mut result = result(0.0);
        result.distribution.clear();
        let threshold: Threshold = "p95<50ms".parse().unwrap();

        let crossed = threshold.crossed_by(&result).unwrap();

        assert!(crossed.contains("no answer"), "{crossed}");
    }

    #[test]
    fn what_is_no_condition_is_refused_with_an_example() {
        for text in [
            "",
            "p95",
            "p95<",
            "p95<50",
            "p95=50ms",
            "p42<1s",
            "p95<-1ms",
            "error_rate<1ms",
            "<5ms",
        ] {
            let error = text.parse::<Threshold>().unwrap_err();

            assert!(error.contains("p95<50ms"), "{text}: {error}");
        }
    }
}
