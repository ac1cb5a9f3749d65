//! The databases that the service runs on.

use std::fmt;
use std::net::SocketAddr;

use servers::{Database, Postgres, Proxy};

/// Where a service keeps its products.
#[derive(Debug)]
pub enum Store {
    /// The embedded default: a file in the service's own directory.
    Sqlite,
    /// A fresh database in a real PostgreSQL.
    Postgres(Box<Database>),
    /// A database that is reached at another address than its server's.
    Proxied(Box<Database>, SocketAddr),
}

impl Store {
    /// A fresh database in the tests' PostgreSQL.
    #[track_caller]
    pub fn postgres() -> Self {
        Self::Postgres(Box::new(Postgres::shared().database()))
    }

    /// A database behind a proxy.
    pub fn through(proxy: &Proxy, database: Database) -> Self {
        Self::Proxied(Box::new(database), proxy.address())
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
            Self::Postgres(database) | Self::Proxied(database, _) => Some(database),
        }
    }

    /// The address to configure, where it is not the default.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres(database) => Some(database.url()),
            Self::Proxied(database, address) => Some(database.url_through(*address)),
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) | Self::Proxied(..) => "PostgreSQL",
        })
    }
}
