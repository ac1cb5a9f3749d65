#![doc = include_str!("../README.md")]

mod context;
mod http;
mod identity;
mod log;
mod metrics;

pub use context::{correlation_id, in_context, spawn};
pub use http::{Http, Measured, RouteSpec, RoutesError};
pub use log::{Format, LogError, LogGuard, LogSettings, init, subscriber};
pub use metrics::{Items, Metrics, MetricsError, MetricsSettings};
