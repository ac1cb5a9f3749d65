#![doc = include_str!("../README.md")]

mod check;
mod health;
mod knowledge;
mod metrics;
mod report;
mod routes;
mod settings;
mod startup;
mod verdict;
mod watch;

pub use check::{Check, Policy};
pub use health::Health;
pub use metrics::HealthCollector;
pub use settings::HealthSettings;
pub use startup::Step;
