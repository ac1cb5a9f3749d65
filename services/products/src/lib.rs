//! The products service: `config`, `domain`, `store`, `cache`, `catalogue`, `api`, and `service`, which puts
//! them together.

pub mod api;
pub mod cache;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod domain;
pub mod healthcheck;
pub mod service;
pub mod smoke_test;
pub mod store;
