//! Where the service under test keeps its products.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use servers::{Database, Postgres};
use tempfile::TempDir;

/// The databases that every promise holds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

pub(crate) const BOTH: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// Where an application keeps its products; several applications can share it.
pub(crate) enum Place {
    File(TempDir),
    Server(Database),
}

/// What a place once had.
pub(crate) enum Backup {
    File(Vec<u8>),
    /// The name of a database.
    Server(String),
}

impl Place {
    pub(crate) fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::File(tempfile::tempdir().expect("a temporary folder")),
            Engine::Postgres => Self::Server(Postgres::shared().database()),
        }
    }

    /// Runs SQL beside the service.
    pub(crate) async fn execute(&self, sql: &str) {
        let database = sea_orm::Database::connect(self.url())
            .await
            .expect("a connection");
        database.execute_unprepared(sql).await.expect("an effect");
        database.close().await.expect("an end");
    }

    /// Takes SQLite's one writer's turn, beside the service.
    pub(crate) async fn hold(&self) -> DatabaseTransaction {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let database = sea_orm::Database::connect(self.url())
            .await
            .expect("a connection");
        let held = database.begin_with_options(options).await;
        held.expect("the file")
    }

    /// Keeps a copy of what is there now; nobody may use the place meanwhile.
    pub(crate) fn back_up(&self) -> Backup {
        match self {
            Self::File(folder) => {
                let file = folder.path().join("products.db");
                Backup::File(std::fs::read(file).expect("a file that was closed"))
            }
            Self::Server(database) => {
                let backup = format!("{}_backup", name(database));
                copy(&name(database), &backup);
                Backup::Server(backup)
            }
        }
    }

    /// Puts what was there then in the place of what is there now.
    pub(crate) fn restore(&self, backup: &Backup) {
        match (self, backup) {
            (Self::File(folder), Backup::File(content)) => {
                let file = folder.path().join("products.db");
                std::fs::write(file, content).expect("a file that nobody uses");
            }
            (Self::Server(database), Backup::Server(backup)) => copy(backup, &name(database)),
            _ => unreachable!("a backup is of the same engine"),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => {
                format!("sqlite://{}/products.db?mode=rwc", folder.path().display())
            }
            Self::Server(database) => database.url(),
        }
    }
}

fn name(database: &Database) -> String {
    let url = database.url();
    let (_, name) = url.rsplit_once('/').expect("a URL with a name");
    name.to_owned()
}

/// Makes the database `to` anew, as `from` is.
fn copy(from: &str, to: &str) {
    let beside = Postgres::shared().database();
    for sql in [
        format!("DROP DATABASE IF EXISTS {to}"),
        format!("CREATE DATABASE {to} TEMPLATE {from} OWNER products"),
    ] {
        beside.query(&sql).expect("a database that nobody uses");
    }
}
