//! The products service: `config`, `domain`, `store`, `catalogue`, `api`, and `service`, which puts
//! them together.

pub mod api;
pub mod catalogue;
pub mod domain;
pub mod store;
