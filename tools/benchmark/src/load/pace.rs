//! When requests are due in the open model.

use std::time::Duration;

use super::ENDLESS;

/// Arrivals at a rate that rises evenly from nothing during the ramp-up and stays then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrivals {
    /// Requests a second.
    pub(crate) rate: f64,
    pub(crate) ramp_up: Duration,
}

impl Arrivals {
    /// When the request of this number is due, counted from 0, since the beginning.
    ///
    /// The number of requests due after the time t is rate·t²/(2·ramp) while the rate rises, and
    /// rate·(t − ramp/2) afterwards.
    pub(crate) fn due(&self, number: u64) -> Duration {
        let (number, ramp) = (number as f64, self.ramp_up.as_secs_f64());
        let within_ramp = self.rate * ramp / 2.0;
        let seconds = if number < within_ramp {
            (2.0 * number * ramp / self.rate).sqrt()
        } else {
            number / self.rate + ramp / 2.0
        };
        // A rate can be so low that the next request is due after all time there is.
        Duration::from_secs_f64(seconds.min(ENDLESS.as_secs_f64()))
    }

    /// How many requests are due before the time `end`, counted since the beginning.
    pub(crate) fn due_before(&self, end: Duration) -> u64 {
        let (seconds, ramp) = (end.as_secs_f64(), self.ramp_up.as_secs_f64());
        let requests = if seconds < ramp {
            self.rate * seconds * seconds / (2.0 * ramp)
        } else {
            self.rate * (seconds - ramp / 2.0)
        };
        let requests = requests.ceil() as u64;
        // A rounding error must not add one that is due at the end itself.
        match requests.checked_sub(1) {
            Some(last) if self.due(last) >= end => last,
            _ => requests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_evenly_once_the_rate_is_reached() {
        for (ramp_up, number, due, why) in [
            (0, 0, 0.0, "the first one at once"),
            (0, 100, 1.0, "a hundred a second"),
            (10, 0, 0.0, "the first one at once, ramp or not"),
            (10, 125, 5.0, "a quarter of them in half of the ramp"),
            (10, 500, 10.0, "half the rate on average during the ramp"),
            (10, 600, 11.0, "the whole rate after it"),
        ] {
            let arrivals = Arrivals {
                rate: 100.0,
                ramp_up: Duration::from_secs(ramp_up),
            };

            let found = arrivals.due(number).as_secs_f64();

            assert!((found - due).abs() < 1e-9, "{why}: {found}");
        }
    }

    #[test]
    fn as_many_requests_are_due_as_the_rate_says() {
        for (rate, ramp_up, seconds, due, why) in [
            (100.0, 0.0, 0.0, 0, "none before the beginning"),
            (
                100.0,
                0.0,
                1.0,
                100,
                "the hundred and first is due at the end",
            ),
            (
                33.3,
                0.0,
                10.0,
                333,
                "a rate that floating point cannot write",
            ),
            (0.1, 0.0, 1.0, 1, "the first one at once"),
            (
                100.0,
                10.0,
                5.0,
                125,
                "a quarter of them in half of the ramp",
            ),
            (100.0, 10.0, 12.0, 700, "the ramp and two seconds"),
            (1e-300, 0.0, 1.0, 1, "a rate that is hardly one"),
            (1e-300, 1.0, 1.0, 1, "the same, in its ramp"),
        ] {
            let arrivals = Arrivals {
                rate,
                ramp_up: Duration::from_secs_f64(ramp_up),
            };

            let found = arrivals.due_before(Duration::from_secs_f64(seconds));

            assert_eq!(found, due, "{why}");
            let next = arrivals.due(found).as_secs_f64();
            assert!(next >= seconds, "{why}: the next one is due at {next}");
        }
    }
}
