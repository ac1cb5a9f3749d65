#![doc = include_str!("../README.md")]

mod check;
mod health;
mod routes;
mod startup;
mod verdict;

pub use check::Policy;
pub use health::{Health, HealthSettings};
pub use startup::Step;
