//! The schema and its changes.
//!
//! All pending migrations run in one transaction under a lock, so that replicas that start at once
//! wait for each other and a failure leaves nothing half done. A released migration is never edited;
//! changes go by expand and contract (docs/adr/0007).

mod m0001_products;

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::{Error, Store};

/// Key of the advisory lock: "products" in ASCII.
const LOCK: i64 = 0x7072_6f64_7563_7473;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_products::Migration)]
    }
}

impl Store {
    /// Brings the schema up to date and says how many migrations ran.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let unit = self.begin().await?;
        if self.backend() == DbBackend::Postgres {
            unit.tx
                .execute_unprepared("SET LOCAL statement_timeout = 0")
                .await?;
            let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
            unit.tx.execute_unprepared(&lock).await?;
        }
        let pending = Migrator::get_pending_migrations(&unit.tx).await?.len();
        Migrator::up(&unit.tx, None).await?;
        unit.commit().await?;
        Ok(pending)
    }

    /// How many migrations this program knows that the database has not seen.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        Ok(Migrator::get_pending_migrations(&self.db).await?.len())
    }
}
