//! The production service on port 0 against SQLite and a real PostgreSQL, each test with a database
//! of its own.

#![expect(clippy::unwrap_used, reason = "what is none fails the test that asked")]

mod app;
mod cache;
mod conditional;
mod crud;
mod document;
mod file;
mod idempotency;
mod identity;
mod limits;
mod list;
mod loglevel;
mod model;
mod place;
mod pool;
mod refusals;
mod replicas;
mod resources;
mod versions;
