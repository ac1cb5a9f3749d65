//! The real `products` binary, driven from outside.
//!
//! - [`Service`] starts the binary in a directory of its own, kills it, starts it again.
//! - [`Store`] is the database it runs on: SQLite in that directory, or a real PostgreSQL.
//! - [`Client`] speaks HTTP with it, and [`Answer`] is what it said; [`wire`] is for exact bytes.
//!
//! The journeys are in `tests/journeys`. Nothing here knows the service's code.

mod answer;
mod client;
mod process;
mod service;
mod store;
pub mod wire;

pub use crate::answer::Answer;
pub use crate::client::Client;
pub use crate::process::{Ended, binary, run};
pub use crate::service::{Launch, Service};
pub use crate::store::Store;
