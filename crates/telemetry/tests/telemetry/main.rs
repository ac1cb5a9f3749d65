//! The crate from outside: a small poem app with the middleware around it.

mod app;
mod capture;
mod counts;
mod headers;
mod lines;
mod sink;
