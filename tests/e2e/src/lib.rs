//! The real `products` and `benchmark` binaries, driven from outside.
//!
//! - [`Service`] starts the binary in a directory of its own, kills it, starts it again.
//! - [`Store`] is the database it runs on: SQLite in that directory, or a real PostgreSQL.
//! - [`Client`] speaks HTTP with it, and [`Answer`] is what it said; [`wire`] is for exact bytes,
//!   a [`Connection`] for what happens on one.
//! - [`Balancer`] stands in front of several services, each of which keeps its [`Port`].
//! - [`Crowd`] is clients that ask all the while, and an [`Outage`] what they are to see;
//!   [`Account`] is what they saw.
//! - [`Benchmark`] is a run of the load test, and [`Measured`] what came of it.
//!
//! The journeys are in `tests/journeys`. Nothing here knows their code.

mod account;
mod answer;
mod balancer;
mod benchmark;
mod client;
mod connection;
mod crowd;
mod outage;
mod port;
mod process;
mod service;
mod store;
pub mod wire;

pub use crate::account::Account;
pub use crate::answer::Answer;
pub use crate::balancer::Balancer;
pub use crate::benchmark::{Benchmark, Measured};
pub use crate::client::Client;
pub use crate::connection::Connection;
pub use crate::crowd::{Crowd, Exchange, Request};
pub use crate::outage::Outage;
pub use crate::port::Port;
pub use crate::process::{Ended, run, run_until};
pub use crate::service::{Launch, Service};
pub use crate::store::Store;
