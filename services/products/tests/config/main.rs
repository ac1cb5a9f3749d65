//! The configuration as its users meet it: sources, values, mistakes, and what is printed.

mod mistakes;
mod printed;
mod setup;
mod sources;
mod tokens;
mod values;
