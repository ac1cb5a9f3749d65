#![doc = include_str!("../README.md")]

mod axis;
mod draw;
mod legend;
mod line;
mod ruler;
mod scale;
mod style;
mod text;
mod ticks;

pub use axis::Axis;
pub use line::{LineChart, Series};
pub use scale::Scale;
pub use style::style;
