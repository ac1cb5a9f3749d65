//! The protocol of the read cache, in seeded schedules over a simulated world: clocks, delays and
//! failures are the world's, so that a seed always tells the same story.
#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod dice;
mod origin;
mod port;
mod races;
mod replica;
mod schedule;
mod tier;
mod truth;
