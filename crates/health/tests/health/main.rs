//! The crate from outside: its endpoints while checks come and go, on a paused clock.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod endpoints;
mod journal;
mod service;
mod transitions;
