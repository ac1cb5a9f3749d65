//! A scenario of objects that are created, listed, read, replaced and deleted, in which every
//! answer is checked against what was written before.
//!
//! A [`User`] is one connection. It knows the objects it created and nobody else touches, so that
//! what it checks holds whatever other users do. It sends nothing itself: it says what to send
//! next, and is told what became of it.

mod answer;
mod check;
mod difference;
mod fault;
mod objects;
mod operation;
mod scenario;
mod step;
mod template;
mod user;
mod weights;

pub use self::{
    fault::Fault, operation::Operation, scenario::Scenario, step::Step, template::Template,
    user::User, weights::Weights,
};

/// The resource that is used where none is given.
pub const DEFAULT_RESOURCE: &str = "/products";

/// What an object of it looks like.
pub const DEFAULT_TEMPLATE: &str =
    r#"{"name":"Benchmark product {{n}}","price":999.99,"amount":1000}"#;
