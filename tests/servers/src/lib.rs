//! Real servers for tests, and what tests need to be unkind to them.
//!
//! - [`Postgres`] runs a PostgreSQL of its own on a free port; [`Database`] is one fresh database in it.
//! - [`Proxy`] stands between a client and a server, and cuts, delays and heals the connection.
//! - [`poll_until`] waits for a state under a deadline and says what it last saw.
//!
//! A server lives no longer than the process that started it, however that process ends: it runs
//! under a supervisor that waits for the end of a pipe which only that process holds open.
//! A server that is not installed is an error that names the command that installs it.

mod poll;
mod postgres;
mod proxy;
mod supervisor;

pub use crate::poll::{poll_until, poll_until_blocking};
pub use crate::postgres::{Database, Postgres, Statement, TableLock};
pub use crate::proxy::Proxy;
