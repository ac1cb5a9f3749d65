//! What the service is asked.

use std::fmt;

use crate::filling;

/// A request that is sent again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// One product.
    LookUp,
    /// A page of products.
    List,
    /// A new product, which is on the disk when it is answered.
    Create,
    /// That the service lives, from memory: what any answer costs at least.
    Live,
}

impl Request {
    /// All of them; what the others are compared with comes last.
    pub(super) const ALL: [Self; 4] = [Self::LookUp, Self::List, Self::Create, Self::Live];

    /// Those that change nothing.
    pub(super) fn reading() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|request| *request != Self::Create)
    }

    /// The request target.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::LookUp => "/products/7",
            Self::List => "/products?limit=20",
            Self::Create => "/products",
            Self::Live => "/health/live",
        }
    }

    /// What is sent with it, as JSON text.
    pub(super) fn payload(self) -> Option<String> {
        (self == Self::Create).then(|| filling::product(7))
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = match self {
            Self::Create => "POST",
            _ => "GET",
        };
        write!(f, "{method} {}", self.path())
    }
}
