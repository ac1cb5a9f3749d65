//! Opening the pool.

use std::{path::Path, str::FromStr, time::Duration};

use anyhow::{Context, bail, ensure};
use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        self, Connection,
        pool::PoolOptions,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::ExposeSecret;
use telemetry::{Metrics, connection_acquired};

use super::{Store, migration};
use crate::config::Database;

/// A connection that rested longer than this is pinged before it is used.
const PING_AFTER: Duration = Duration::from_secs(30);

/// Prepared statements kept by a connection. Each size of a batch is a statement of its own, and a
/// large one holds about 1 MiB in the database server and in here.
const STATEMENTS: usize = 24;

impl Store {
    /// Opens the pool without connecting: the first statement does.
    ///
    /// A SQLite file's folder is created. Fails if the URL cannot be read, the folder cannot be made,
    /// or `metrics` has a database already.
    pub fn open(settings: &Database, metrics: &Metrics) -> anyhow::Result<Self> {
        let url = settings.url.expose_secret();
        let sqlite = url.starts_with("sqlite:");
        let open = if sqlite { open_sqlite } else { open_postgres };
        let db = telemetry::Database::new(metrics, open(url, settings)?)?.hooked();
        // Until the database was asked, none of them is known to have been applied.
        db.set_pending_migrations(migration::known());
        let probe = open(
            url,
            &Database {
                max_connections: 1,
                min_connections: 0,
                ..settings.clone()
            },
        )?;
        Ok(Self {
            db,
            probe,
            acquire_timeout: settings.acquire_timeout,
        })
    }
}

fn open_sqlite(url: &str, settings: &Database) -> anyhow::Result<DatabaseConnection> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        bail!(
            "database.url: an in-memory SQLite database would be another one for each connection; name a file, for example sqlite://data/products.db?mode=rwc"
        );
    }
    let options = SqliteConnectOptions::from_str(url)
        .context("database.url cannot be read")?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .busy_timeout(settings.busy_timeout);
    prepare_file(options.get_filename(), url.contains("mode=rwc"))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(
        pool_options(settings).connect_lazy_with(options),
    ))
}

/// Makes the folder of a file that may be created; another one has to be there.
fn prepare_file(file: &Path, create: bool) -> anyhow::Result<()> {
    if !create {
        let name = file.display();
        ensure!(
            file.exists(),
            "database.url: there is no file {name}; ?mode=rwc creates one"
        );
        return Ok(());
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).with_context(|| {
        format!(
            "database.url: folder {} cannot be created",
            folder.display()
        )
    })
}

fn open_postgres(url: &str, settings: &Database) -> anyhow::Result<DatabaseConnection> {
    let options = PgConnectOptions::from_str(url)
        .context("database.url cannot be read")?
        .application_name(env!("CARGO_PKG_NAME"))
        .statement_cache_capacity(STATEMENTS)
        .options([(
            "statement_timeout",
            settings.statement_timeout.as_millis().to_string(),
        )]);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(
        pool_options(settings).connect_lazy_with(options),
    ))
}

fn pool_options<DB: sqlx::Database>(settings: &Database) -> PoolOptions<DB> {
    let ping = settings.test_before_acquire;
    PoolOptions::new()
        .max_connections(settings.max_connections)
        .min_connections(settings.min_connections)
        .acquire_timeout(settings.acquire_timeout)
        .max_lifetime(settings.max_lifetime)
        .test_before_acquire(false)
        .after_connect(|_, _| {
            Box::pin(async {
                connection_acquired();
                Ok(())
            })
        })
        .before_acquire(move |connection: &mut DB::Connection, meta| {
            Box::pin(async move {
                if ping && meta.idle_for > PING_AFTER {
                    connection.ping().await?;
                }
                connection_acquired();
                Ok(true)
            })
        })
}
