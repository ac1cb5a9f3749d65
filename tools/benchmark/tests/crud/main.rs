//! The scenario against a store with planted defects.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose store cannot answer must fail"
)]

mod defects;
mod store;
