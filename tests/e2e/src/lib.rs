//! The real `products` and `benchmark` binaries, driven from outside.
//!
//! - [`Service`] starts the binary in a directory of its own, kills it, starts it again.
//! - [`Store`] is the database it runs on: SQLite in that directory, or a real PostgreSQL.
//! - [`Client`] speaks HTTP with it, and [`Answer`] is what it said; [`wire`] is for exact bytes.
//! - [`Benchmark`] is a run of the load test, and [`Measured`] what came of it.
//!
//! The journeys are in `tests/journeys`. Nothing here knows their code.

mod answer;
mod benchmark;
mod client;
mod process;
mod service;
mod store;
pub mod wire;

pub use crate::answer::Answer;
pub use crate::benchmark::{Benchmark, Measured};
pub use crate::client::Client;
pub use crate::process::{Ended, run};
pub use crate::service::{Launch, Service};
pub use crate::store::Store;
