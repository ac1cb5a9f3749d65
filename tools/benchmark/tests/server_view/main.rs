//! The server's own view, taken from a real server's metrics.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose service cannot start must fail"
)]

mod agreement;
mod app;
mod client;
mod refusals;
