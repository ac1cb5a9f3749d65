//! What a user does next.

use bytes::Bytes;
use hyper::Method;

use super::{Operation, objects::Object};

/// A request to be sent, and what it is about.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it does.
    pub operation: Operation,
    /// Its method.
    pub method: Method,
    /// Its path, with the query if the resource has one.
    pub path: String,
    /// Its body, JSON.
    pub body: Option<Bytes>,
    pub(super) subject: Subject,
}

/// What a step is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// A new object, by its number.
    New(u64),
    /// All objects.
    All,
    /// An object that is there.
    Live(Object),
    /// The same, with the number it is to have.
    Replaced(Object),
    /// An object to be deleted.
    Doomed(Object),
    /// One that was deleted.
    Deleted(Object),
}

impl Subject {
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::New(_) => Operation::Create,
            Self::All => Operation::List,
            Self::Live(_) | Self::Deleted(_) => Operation::Get,
            Self::Replaced(_) => Operation::Update,
            Self::Doomed(_) => Operation::Delete,
        }
    }
}
