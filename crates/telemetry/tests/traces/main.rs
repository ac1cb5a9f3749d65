//! Traces, as a collector receives them.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod app;
mod export;
mod requests;
mod secrets;
mod setup;
mod statements;
