//! Load: users, and what makes them send.

mod mix;
mod pace;
mod script;
mod shared;
mod timer;
mod traffic;
mod user;

pub(crate) use self::{
    mix::Mix,
    pace::Arrivals,
    script::{Script, Step, Verdict},
    traffic::{Pace, Traffic},
};
