//! A load test that cannot flatter: what a service does under load, told by somebody who does not
//! stop the clock while it stalls.

pub mod comparison;
pub mod output;
pub mod results;
pub mod server_view;
