//! A measured database, and what `/metrics` says of it.

use std::{future::Future, time::Duration};

use poem::{Endpoint, Request};
use sea_orm::{
    ConnectionTrait, DbErr, ExecResult, QueryResult, SqlxPostgresConnector, SqlxSqliteConnector,
    Statement, TransactionOptions,
    sqlx::{
        self, Connection, PgConnection,
        pool::PoolOptions,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode},
    },
};
use servers::Postgres;
use telemetry::{Database, Metrics, MetricsSettings, Sign, connection_acquired};
use tempfile::TempDir;

/// Generous: a busy machine is not what is tested.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The values of the label `operation`.
pub(crate) const OPERATIONS: [&str; 5] = ["select", "insert", "update", "delete", "other"];
/// The values of the label `kind`.
pub(crate) const KINDS: [&str; 4] = ["timeout", "constraint", "connection", "other"];

/// How a test's pool is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) max_connections: u32,
    pub(crate) acquire_timeout: Duration,
    /// The pool's hooks tell of connections.
    pub(crate) hooked: bool,
    /// Every connection is pinged before use.
    pub(crate) pinged: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            max_connections: 2,
            acquire_timeout: DEADLINE,
            hooked: true,
            pinged: false,
        }
    }
}

/// A database with its metrics. A clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) database: Database,
    metrics: Metrics,
}

impl Setup {
    pub(crate) fn postgres(self, options: PgConnectOptions) -> Measured {
        let pool = self.pool().connect_lazy_with(options);
        self.measured(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    /// As [`Setup::postgres`], watched over by a probe that connects for each question.
    pub(crate) fn watched(self, options: PgConnectOptions) -> Measured {
        let Measured { database, metrics } = self.postgres(options.clone());
        let asked = options.clone();
        let probe = move || {
            let options = asked.clone();
            async move {
                let mut connection = PgConnection::connect_with(&options).await?;
                connection.ping().await.map(|()| Sign::Answered)
            }
        };
        let reopen = move || {
            let pool = self.pool().connect_lazy_with(options.clone());
            SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
        };
        let database = database.watched(probe, reopen);
        Measured { database, metrics }
    }

    /// A file in `folder`; statements do not wait for another process that holds it.
    pub(crate) fn sqlite(self, folder: &TempDir) -> Measured {
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("things.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::ZERO);
        let pool = self.pool().connect_lazy_with(options);
        self.measured(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
    }

    fn measured(self, connection: sea_orm::DatabaseConnection) -> Measured {
        let metrics = Metrics::new(&MetricsSettings::default()).unwrap();
        let database = Database::new(&metrics, connection).unwrap();
        let database = if self.hooked {
            database.hooked()
        } else {
            database
        };
        Measured { database, metrics }
    }

    fn pool<DB: sqlx::Database>(self) -> PoolOptions<DB> {
        let options = PoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.acquire_timeout)
            .test_before_acquire(false);
        if !self.hooked {
            return options;
        }
        options
            .after_connect(|_, _| {
                Box::pin(async {
                    connection_acquired();
                    Ok(())
                })
            })
            .before_acquire(move |connection: &mut DB::Connection, _| {
                Box::pin(async move {
                    if self.pinged {
                        connection.ping().await?;
                    }
                    connection_acquired();
                    Ok(true)
                })
            })
    }
}

/// A database server's fresh database, to be connected to.
pub(crate) fn fresh() -> (servers::Database, PgConnectOptions) {
    let database = Postgres::shared().database();
    let options = database.url().parse().unwrap();
    (database, options)
}

impl Measured {
    /// Runs a prepared statement.
    pub(crate) async fn execute(&self, sql: &str) -> Result<ExecResult, DbErr> {
        execute(&self.database, sql).await
    }

    /// Asks for rows.
    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let backend = self.database.get_database_backend();
        let statement = Statement::from_string(backend, sql);
        self.database.query_all_raw(statement).await
    }

    pub(crate) async fn begin(&self) -> Result<telemetry::Transaction, DbErr> {
        self.database.begin(TransactionOptions::default()).await
    }

    /// The value of a line of `/metrics`.
    #[track_caller]
    pub(crate) fn metric(&self, series: &str) -> impl Future<Output = u64> {
        let endpoint = self.metrics.endpoint();
        let series = series.to_owned();
        async move {
            let scrape = endpoint.get_response(Request::default()).await;
            let scrape = scrape.into_body().into_string().await.unwrap();
            let mut lines = scrape.lines();
            let value = lines.find_map(|line| line.strip_prefix(&series)?.strip_prefix(' '));
            let value = value.unwrap_or_else(|| panic!("no series {series}"));
            value.parse().expect("a whole number")
        }
    }

    /// Waits until a series has this value.
    pub(crate) async fn becomes(&self, series: &str, wanted: u64) {
        servers::poll_until(&format!("{series} {wanted}"), DEADLINE, || async {
            match self.metric(series).await {
                value if value == wanted => Ok(()),
                value => Err(value),
            }
        })
        .await;
    }

    /// How many statements of each operation there were, in the order of [`OPERATIONS`]. Each was
    /// timed, too.
    pub(crate) async fn statements(&self) -> [u64; OPERATIONS.len()] {
        let mut counts = [0; OPERATIONS.len()];
        for (count, operation) in counts.iter_mut().zip(OPERATIONS) {
            let label = format!("{{operation=\"{operation}\"}}");
            *count = self.metric(&format!("db_queries_total{label}")).await;
            let timed = self
                .metric(&format!("db_query_duration_seconds_count{label}"))
                .await;
            assert_eq!(timed, *count, "{operation} was timed");
        }
        counts
    }

    /// The errors that there were: operation, kind, number.
    pub(crate) async fn errors(&self) -> Vec<(&'static str, &'static str, u64)> {
        let mut errors = Vec::new();
        for operation in OPERATIONS {
            for kind in KINDS {
                let label = format!("{{kind=\"{kind}\",operation=\"{operation}\"}}");
                let count = self.metric(&format!("db_query_errors_total{label}")).await;
                if count > 0 {
                    errors.push((operation, kind, count));
                }
            }
        }
        errors
    }
}

/// Runs a prepared statement on a database or in a transaction.
pub(crate) async fn execute(on: &impl ConnectionTrait, sql: &str) -> Result<ExecResult, DbErr> {
    let statement = Statement::from_string(on.get_database_backend(), sql);
    on.execute_raw(statement).await
}
