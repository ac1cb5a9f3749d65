//! Products in SQLite or PostgreSQL, through the same code.
//!
//! Writes run in transactions; the version of a write is drawn while its row is held (see `sequence`), so that versions
//! of an id rise in commit order. What the database refuses becomes an outcome of [`Error`]; nothing above this module
//! knows SQL.

mod connect;
mod create;
mod entity;
mod epoch;
mod error;
mod file;
mod idempotency;
mod list;
mod migration;
mod probe;
mod sequence;
mod volume;
mod write;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, SqliteTransactionMode, TransactionOptions};
use telemetry::{Database, PoolState, Transaction};

pub use create::Created;
pub use error::{Error, Outage};
pub use idempotency::{Idempotency, Render};
pub use list::{Cursor, Direction, Filter, ListQuery, Page, Position, Sort, SortKey, Start};
pub use volume::folder;
pub use write::Precondition;

use self::probe::Ending;
use crate::domain::{Product, ProductId};

/// The products' database.
pub struct Store {
    db: Database,
    end_probe: Ending,
    acquire_timeout: Duration,
    busy_timeout: Duration,
}

impl Store {
    /// The product with this id.
    pub async fn find(&self, id: ProductId) -> Result<Product, Error> {
        let row = entity::products::Entity::find_by_id(id.value())
            .one(&self.db)
            .await?;
        row.map(Product::from).ok_or(Error::NotFound)
    }

    /// Whether the database answers, however busy the pool is.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.db.ping().await?)
    }

    /// What the connections of the pool are doing.
    pub fn pool(&self) -> PoolState {
        self.db.pool()
    }

    /// Closes all connections; statements under way are finished first.
    pub async fn close(&self) {
        if let Err(error) = self.db.close().await {
            tracing::warn!(exception = %error, "database pool did not close cleanly");
        }
        (self.end_probe)().await;
    }

    /// Whether the database is a file of this process and no server.
    pub fn is_embedded(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    /// Begins a write. SQLite's transactions are IMMEDIATE: one that upgrades from reading to writing gets SQLITE_BUSY.
    async fn begin(&self) -> Result<Transaction, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.db.begin(options).await?)
    }
}

/// Commits what succeeded and rolls back what failed, before the next writer's turn.
async fn finish<T>(tx: Transaction, result: Result<T, Error>) -> Result<T, Error> {
    if result.is_ok() {
        let committed = tx.commit().await;
        committed.map_err(|error| Error::from(error).at_commit())?;
    } else if let Err(error) = tx.rollback().await {
        tracing::warn!(exception = %error, "a transaction was not rolled back");
    }
    result
}
