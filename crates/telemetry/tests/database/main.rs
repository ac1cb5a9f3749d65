//! What the wrapper of a database measures and promises, on real databases.
#![cfg(feature = "sea-orm")]
#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod failures;
mod gauges;
mod script;
mod setup;
mod silence;
mod timeouts;
mod writers;
