//! The schema and its changes.
//!
//! All pending migrations run in one transaction under a lock, so that replicas that start at once
//! wait for each other and a failure leaves nothing half done. A released migration is never edited;
//! changes go by expand and contract (docs/adr/0007).

mod m0001_products;

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait, seaql_migrations};
use telemetry::Transaction;
use tokio::time::{Instant, sleep};

use super::{Error, Outage, Store, finish};

/// Key of the advisory lock: "products" in ASCII.
const LOCK: i64 = 0x7072_6f64_7563_7473;

/// Between two looks at a SQLite file that another process is preparing.
const PAUSE: Duration = Duration::from_millis(20);

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_products::Migration)]
    }
}

/// How many migrations this program knows.
pub(super) fn known() -> usize {
    Migrator::migrations().len()
}

impl Store {
    /// Brings the schema up to date and says how many migrations ran.
    pub async fn migrate(&self) -> Result<usize, Error> {
        let mut tx = self.take_turn().await?;
        tx.take_time();
        let applied = self.apply_pending(&tx).await.map_err(Error::from);
        let applied = finish(tx, applied).await?;
        self.db.set_pending_migrations(0);
        Ok(applied)
    }

    /// A transaction. SQLite does not wait for a lock where that could be a deadlock, as when several
    /// processes switch a new file to a write-ahead log at once (sqlite.org/c3ref/busy_handler.html).
    async fn take_turn(&self) -> Result<Transaction, Error> {
        let deadline = Instant::now() + self.busy_timeout;
        loop {
            match self.begin().await {
                Err(Error::Unavailable {
                    outage: Outage::Busy,
                    ..
                }) if Instant::now() < deadline => sleep(PAUSE).await,
                begun => return begun,
            }
        }
    }

    /// How many migrations this program knows that the database has not seen. Only reads: the
    /// table of migrations is made under the lock.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        let pending = pending(&self.db).await?;
        self.db.set_pending_migrations(pending);
        Ok(pending)
    }

    async fn apply_pending(&self, tx: &Transaction) -> Result<usize, DbErr> {
        if self.backend() == DbBackend::Postgres {
            tx.execute_unprepared("SET LOCAL statement_timeout = 0")
                .await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})"))
                .await?;
        }
        let pending = pending(tx).await?;
        self.db.set_pending_migrations(pending);
        // A database that a newer release has migrated serves this one, too (expand and contract);
        // the migrator would refuse it for the migrations that it does not know.
        if pending > 0 {
            tx.watch(Migrator::up(tx.inner(), None)).await?;
        }
        Ok(pending)
    }
}

async fn pending(db: &impl ConnectionTrait) -> Result<usize, DbErr> {
    let known = Migrator::migrations();
    if !has_migrations(db).await? {
        return Ok(known.len());
    }
    let seen = seaql_migrations::Entity::find().all(db).await?;
    let pending = known
        .iter()
        .filter(|known| seen.iter().all(|row| row.version != known.name()));
    Ok(pending.count())
}

/// Whether any migration was ever applied: `seaql_migrations` is the migrator's table.
async fn has_migrations(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT EXISTS (SELECT 1 FROM sqlite_master \
               WHERE type = 'table' AND name = 'seaql_migrations') AS found"
        }
        _ => "SELECT to_regclass('seaql_migrations') IS NOT NULL AS found",
    };
    let row = db
        .query_one_raw(Statement::from_string(backend, sql))
        .await?;
    row.map_or(Ok(false), |row| row.try_get("", "found"))
}
