//! The server from outside, over real connections on the loopback interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose service cannot start must fail"
)]
#![expect(clippy::print_stdout, reason = "a child speaks to its test")]

mod background;
mod backlog;
mod bodies;
mod connections;
mod cors;
mod descriptors;
mod drain;
mod harness;
mod known;
mod limits;
mod management;
mod problems;
mod signals;
mod smuggling;
mod unread;
