//! HTTP/1.1 as a user of the service speaks it: one connection, one request after the other.

mod connection;
mod connector;
mod exchange;
mod line;

pub(crate) use self::{
    connection::Answer,
    connector::Connector,
    exchange::{Failure, Kind},
    line::Line,
};
