//! What a run found out, as it is written to a file.
//!
//! Times are seconds, rates are per second, shares are percent. The JSON Schema of a file is
//! `schema/results.json`, made from these types.

mod document;
mod endpoint;
mod interval;
mod level;

pub use self::{
    document::{Cleanup, Configuration, Model, Results},
    endpoint::{Corrected, EndpointResult, Profile},
    interval::{Interval, Quantile},
    level::{Level, Saturation},
};
