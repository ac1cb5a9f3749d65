//! When requests are due in the open model.

use std::time::Duration;

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
        Duration::from_secs_f64(if number < within_ramp {
            (2.0 * number * ramp / self.rate).sqrt()
        } else {
            number / self.rate + ramp / 2.0
        })
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
}
