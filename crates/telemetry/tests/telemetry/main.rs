//! The crate from outside: a small poem app with the middleware around it.

#![allow(clippy::unwrap_used, reason = "tests may, and so may what they share")]

mod app;
mod capture;
mod counts;
mod headers;
mod hostile;
mod ledger;
mod level;
mod lines;
mod random;
mod routes;
mod sink;
mod statements;
mod tasks;
mod wire;
