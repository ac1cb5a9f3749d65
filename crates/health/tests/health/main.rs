//! The crate from outside: its endpoints while checks come and go, on a paused clock.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod blocking;
mod detailed;
mod endpoints;
mod journal;
mod metrics;
mod pace;
mod service;
mod stale;
mod stuck;
mod transitions;
