#![doc = include_str!("../README.md")]

mod context;
#[cfg(feature = "sea-orm")]
mod database;
mod ending;
mod excerpt;
mod guard;
mod http;
mod identity;
mod items;
mod log;
mod metrics;
mod resources;
mod runtime;
mod statements;
mod tasks;
mod traces;

pub use context::{correlation_id, in_context, mark_cut, set_user_id, spawn};
#[cfg(feature = "sea-orm")]
pub use database::{Database, DatabaseError, PoolState, Sign, Transaction, connection_acquired};
pub use guard::TelemetryGuard;
pub use http::{Http, Measured, RouteSpec, RoutesError, cutting};
pub use items::Items;
pub use log::redact::redact;
pub use log::{
    BodyError, CurrentLevel, Filter, FilterError, Format, LogError, LogLevel, LogSettings, init,
    subscriber,
};
pub use metrics::{Family, Metrics, MetricsError, MetricsSettings, Registry};
pub use resources::{Disk, Memory, ResourceSettings, Watcher};
pub use runtime::EventLoop;
pub use tasks::{Outcome, TimedOut};
pub use traces::{TraceError, TraceSettings, check_endpoint, propagate, trace_cache, traceparent};
