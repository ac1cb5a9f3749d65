//! What becomes of requests, counted and timed.

mod latency;
mod ledger;
mod tally;

pub(crate) use self::{
    ledger::{Ledger, Live, Row},
    tally::Outcome,
};
