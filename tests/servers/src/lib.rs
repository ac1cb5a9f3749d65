//! Real servers for tests, and what tests need to be unkind to them.
//!
//! - [`Postgres`] runs a PostgreSQL of its own on a free port; [`Database`] is one fresh database in it.
//! - [`Redis`] runs a Redis of its own, which can be killed, paused and brought back.
//! - [`Collector`] takes traces over OTLP/gRPC; a [`Span`] is what it was sent.
//! - [`Proxy`] stands between a client and a server, and cuts, delays and heals the connection.
//! - [`Scrape`] is what `/metrics` said, taken apart; [`check_metrics`] asks Prometheus what it makes of it.
//! - [`poll_until`] waits for a state under a deadline and says what it last saw.
//!
//! A server lives no longer than the process that started it, however that process ends: it runs
//! under a supervisor that waits for the end of a pipe which only that process holds open.
//! A server that is not installed is an error that names the command that installs it.

mod certificate;
mod collector;
mod poll;
mod postgres;
mod promtool;
mod proxy;
mod redis;
mod scrape;
mod span;
mod supervisor;

pub use crate::collector::{Collector, Manner};
pub use crate::poll::{poll_until, poll_until_blocking};
pub use crate::postgres::{Database, Postgres, Statement, TableLock};
pub use crate::promtool::check_metrics;
pub use crate::proxy::Proxy;
pub use crate::redis::Redis;
pub use crate::scrape::{Scrape, Series};
pub use crate::span::Span;
