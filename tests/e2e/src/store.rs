//! The databases that the service runs on.

use std::fmt;

use servers::{Database, Postgres};

/// Where a service keeps its products.
#[derive(Debug)]
pub enum Store {
    /// The embedded default: a file in the service's own directory.
    Sqlite,
    /// A fresh database in a real PostgreSQL.
    Postgres(Box<Database>),
}

impl Store {
    /// A fresh database in the tests' PostgreSQL.
    #[track_caller]
    pub fn postgres() -> Self {
        Self::Postgres(Box::new(Postgres::shared().database()))
    }

    /// One of each kind, both empty.
    #[track_caller]
    pub fn both() -> [Self; 2] {
        [Self::Sqlite, Self::postgres()]
    }

    /// The PostgreSQL database, where it is one.
    pub fn database(&self) -> Option<&Database> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(database) => Some(database),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        })
    }
}
