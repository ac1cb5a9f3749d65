//! Journeys through the real binaries. They share one PostgreSQL, each with a database of its own.

mod batches;
mod blocked;
mod cache;
mod crud;
mod deadline;
mod hangups;
mod health;
mod hostile;
mod idempotency;
mod input;
mod kills;
mod load;
mod loglevel;
mod metrics;
mod outage;
mod pages;
mod prices;
mod readme;
mod restarts;
mod series;
mod soak;
mod starting;
mod stopping;
mod tracing;
mod waiting;
mod walking;
