//! The scenario against a store with planted defects, and against the service it is made for.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose store cannot answer must fail"
)]

mod defects;
mod products;
mod store;
