//! Load: users, and what makes them send.

mod mix;
mod notes;
mod pace;
mod script;
mod shared;
mod timer;
mod traffic;
mod user;

use std::time::Duration;

pub(crate) use self::{
    mix::Mix,
    notes::Notes,
    pace::Arrivals,
    script::{Script, Step, Verdict},
    traffic::{Pace, Traffic},
};

/// Users that are all there from the beginning, and wait for their answers.
pub(crate) const AT_ONCE: Pace = Pace::Closed {
    ramp_up: Duration::ZERO,
};

/// For traffic that ends with its last request: nobody waits that long, and no time is longer.
pub(crate) const ENDLESS: Duration = Duration::from_secs(366 * 24 * 3600);
