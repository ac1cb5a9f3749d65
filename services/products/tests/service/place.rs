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

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => {
                format!("sqlite://{}/products.db?mode=rwc", folder.path().display())
            }
            Self::Server(database) => database.url(),
        }
    }
}
