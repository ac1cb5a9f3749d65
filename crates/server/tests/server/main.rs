//! The server from outside, over real connections on the loopback interface.

mod bodies;
mod connections;
mod cors;
mod descriptors;
mod drain;
mod harness;
mod limits;
mod management;
mod problems;
mod signals;
mod smuggling;
