//! What can be done with a resource.

use std::fmt;

use hyper::Method;

/// One of the things that a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// `POST` of a new object to the resource.
    Create,
    /// `GET` of the resource.
    List,
    /// `GET` of an object.
    Get,
    /// `PUT` of an object in another shape.
    Update,
    /// `DELETE` of an object.
    Delete,
}

impl Operation {
    /// All of them, in the order of [`Weights`](super::Weights).
    pub const ALL: [Self; 5] = [
        Self::Create,
        Self::List,
        Self::Get,
        Self::Update,
        Self::Delete,
    ];

    /// The method of its requests.
    pub fn method(self) -> Method {
        match self {
            Self::Create => Method::POST,
            Self::List | Self::Get => Method::GET,
            Self::Update => Method::PUT,
            Self::Delete => Method::DELETE,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::List => "list",
            Self::Get => "get",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
