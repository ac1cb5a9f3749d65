//! The shared tier on real Redis servers: one that all tests share, under a prefix of each test's
//! own, and servers of their own for those that do them harm.

#![expect(clippy::unwrap_used, reason = "what is none fails the test that asked")]

mod channel;
mod connections;
mod lateness;
mod secrets;
mod setup;
mod values;
