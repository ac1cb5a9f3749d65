//! The schema and its changes.
//!
//! All pending migrations run in one transaction under a lock, so that replicas that start at once
//! wait for each other and a failure leaves nothing half done. A released migration is never edited;
//! changes go by expand and contract (docs/adr/0007).

mod m0001_products;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait};
use sea_orm_migration::{
    IntoSchemaManagerConnection, MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations,
};

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
        let applied = migrate(&unit.tx).await.map_err(Error::from);
        unit.finish(applied).await
    }

    /// How many migrations this program knows that the database has not seen. Only reads: the
    /// table of migrations is made under the lock.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        Ok(pending(&self.db).await?)
    }
}

async fn migrate(tx: &DatabaseTransaction) -> Result<usize, DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0")
            .await?;
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
            .await?;
    }
    let pending = pending(tx).await?;
    // A database that a newer release has migrated serves this one, too (expand and contract);
    // the migrator would refuse it for the migrations that it does not know.
    if pending > 0 {
        Migrator::up(tx, None).await?;
    }
    Ok(pending)
}

async fn pending<'c, C>(db: &'c C) -> Result<usize, DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let known = Migrator::migrations();
    let table = Migrator::migration_table_name().to_string();
    if !SchemaManager::new(db).has_table(table).await? {
        return Ok(known.len());
    }
    let seen = seaql_migrations::Entity::find().all(db).await?;
    let pending = known
        .iter()
        .filter(|known| seen.iter().all(|row| row.version != known.name()));
    Ok(pending.count())
}
