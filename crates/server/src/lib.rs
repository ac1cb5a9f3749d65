#![doc = include_str!("../README.md")]

mod app;
mod begun;
mod connection;
mod cors;
mod framing;
mod gate;
mod guard;
mod lifecycle;
mod limits;
mod linger;
mod management;
mod open;
mod operators;
mod problem;
mod routes;
mod serve;
mod split;
mod tokens;

pub use crate::{
    app::App,
    cors::Origins,
    guard::{guard, guard_past},
    lifecycle::{Grace, Lifecycle, signalled},
    limits::Limits,
    management::Management,
    operators::{OperatorEndpoint, Operators},
    problem::{FieldError, Problem},
    routes::{BadTemplate, RouteTable},
    serve::{Connections, Drained, raise_descriptor_limit, serve},
    split::{is_management, split},
    tokens::{Tokens, TokensError},
};
