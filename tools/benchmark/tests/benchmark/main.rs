//! The program as its users start it, against real services.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose service cannot start must fail"
)]

mod agreement;
mod app;
mod client;
mod ending;
mod help;
mod hostile;
mod input;
mod limits;
mod pace;
mod program;
mod refusals;
mod signals;
mod stall;
mod tls;
mod totals;
