//! What is said of process, machine and runtime, compared with the truth.
//!
//! Tests run side by side in one process: what they share (descriptors, threads) is compared with
//! what the kernel lists just before and just after a scrape.

#![expect(clippy::unwrap_used, reason = "what is none fails the test that asked")]

#[cfg(feature = "jemalloc")]
mod allocator;
mod event_loop;
mod machine;
mod process;
mod runtime;
mod watched;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static JEMALLOC: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
