//! Traces, as a collector receives them.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod export;
mod setup;
