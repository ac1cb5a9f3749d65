//! Opening the pool.

use std::{
    future::{Future, ready},
    io,
    path::Path,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use sea_orm::{
    DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        self, Connection, PgConnection, Pool, SqliteConnection,
        pool::PoolOptions,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::ExposeSecret;
use telemetry::{Metrics, connection_acquired};

use super::{
    Store,
    file::File,
    migration,
    probe::{Answer, Ask, Ending, Probe},
};
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
        let (db, end_probe) = if url.starts_with("sqlite:") {
            let options = sqlite_options(url, settings)?;
            let connector = SqlxSqliteConnector::from_sqlx_sqlite_pool;
            let file = File::at(options.get_filename().to_owned());
            let look = move || Arc::clone(&file).check();
            open(settings, metrics, options, connector, look, ask_sqlite)
        } else {
            let options = postgres_options(url, settings)?;
            let connector = SqlxPostgresConnector::from_sqlx_postgres_pool;
            let look = || ready(Ok(()));
            open(settings, metrics, options, connector, look, ask_postgres)
                .map(|(db, ending)| (db.statement_timeout(settings.statement_timeout), ending))
        }?;
        // Until the database was asked, none of them is known to have been applied.
        db.set_pending_migrations(migration::known());
        Ok(Self {
            db,
            end_probe,
            acquire_timeout: settings.acquire_timeout,
            busy_timeout: settings.busy_timeout,
        })
    }
}

/// A database that is asked for signs of life by `ask`, where there is nothing wrong for `look`.
fn open<DB, F>(
    settings: &Database,
    metrics: &Metrics,
    options: <DB::Connection as Connection>::Options,
    connector: fn(Pool<DB>) -> DatabaseConnection,
    look: impl Fn() -> F + Send + Sync + 'static,
    ask: Ask<DB::Connection>,
) -> anyhow::Result<(telemetry::Database, Ending)>
where
    DB: sqlx::Database,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let patience = settings.acquire_timeout.mul_f64(0.3);
    let probe = Arc::new(Probe::new(options.clone(), ask, patience));
    let ending = probe.ending();
    let look = Arc::new(look);
    let probe = move || {
        let (probe, look) = (Arc::clone(&probe), Arc::clone(&look));
        async move {
            // Before, for the probe would make a file that is missing; after, for the first
            // question may have had to.
            look().await?;
            let sign = probe.ask().await?;
            look().await?;
            Ok(sign)
        }
    };
    let pool = pool_options(settings);
    let connect = move || connector(pool.clone().connect_lazy_with(options.clone()));
    let db = telemetry::Database::new(metrics, connect())?.hooked();
    Ok((db.watched(probe, connect), ending))
}

fn sqlite_options(url: &str, settings: &Database) -> anyhow::Result<SqliteConnectOptions> {
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
        // Nothing but the file's folder has to be writable.
        .pragma("temp_store", "memory")
        .statement_cache_capacity(STATEMENTS)
        .busy_timeout(settings.busy_timeout);
    prepare_file(options.get_filename(), url.contains("mode=rwc"))?;
    Ok(options)
}

/// Looks into the file: a ping would ask the driver's own thread only.
fn ask_sqlite(connection: &mut SqliteConnection) -> Answer<'_> {
    Box::pin(async {
        sqlx::query("PRAGMA schema_version")
            .execute(connection)
            .await
            .map(drop)
    })
}

fn ask_postgres(connection: &mut PgConnection) -> Answer<'_> {
    Box::pin(connection.ping())
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

fn postgres_options(url: &str, settings: &Database) -> anyhow::Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)
        .context("database.url cannot be read")?
        .application_name(env!("CARGO_PKG_NAME"))
        .statement_cache_capacity(STATEMENTS)
        .options([(
            "statement_timeout",
            settings.statement_timeout.as_millis().to_string(),
        )]))
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
