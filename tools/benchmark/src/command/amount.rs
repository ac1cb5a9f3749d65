//! How much is asked for: as load, and as it stands in the results.

use std::time::Duration;

use super::Usage;
use crate::{
    cli::Amount,
    load::{Arrivals, Pace},
    results::{Configuration, Model},
};

impl Amount {
    /// # Errors
    /// When the ramp-up is longer than the whole.
    pub(super) fn check(&self) -> Result<(), Usage> {
        if self.ramp_up.0 > self.duration.0 {
            let longer = "--ramp-up is longer than --duration, which it is a part of";
            return Err(Usage(longer.to_owned()));
        }
        if self.duration.0 == Duration::ZERO {
            return Err(Usage("--duration must be more than 0".to_owned()));
        }
        Ok(())
    }

    pub(super) fn pace(&self) -> Pace {
        let ramp_up = self.ramp_up.0;
        match self.rate {
            None => Pace::Closed { ramp_up },
            Some(rate) => Pace::Open(Arrivals { rate, ramp_up }),
        }
    }

    /// `config` with what was asked for.
    pub(super) fn note_in(&self, config: Configuration) -> Configuration {
        Configuration {
            model: match self.rate {
                None => Model::Closed,
                Some(_) => Model::Open,
            },
            users: self.concurrent_users.0.clone(),
            rate: self.rate,
            duration: self.duration.0.as_secs_f64(),
            ramp_up: self.ramp_up.0.as_secs_f64(),
            ..config
        }
    }
}
