//! What the service is told: one table of keys, read from defaults, a file, `.env`, the
//! environment and flags, each winning over the one before.
//!
//! [`Config::load`] reads everything, checks everything and tells all mistakes at once. It touches
//! nothing outside its [`Sources`], so that tests run side by side. Only the value that wins is
//! checked; unknown keys are mistakes wherever they stand.

mod dotenv;
mod errors;
mod file;
mod filter;
mod keys;
mod kind;
mod lists;
mod mask;
mod reading;
mod render;
mod settings;
mod sources;
mod units;
mod url;
mod value;
mod variables;

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

pub use errors::{ConfigErrors, Mistake};
pub use render::{example_toml, markdown_table};
pub use sources::{AssignmentError, Sources, parse_assignment};

use errors::Mistakes;
use settings::Settings;

/// The whole configuration, checked. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// How the service listens and what it bears.
    pub server: Server,
    /// Where products are kept.
    pub database: Database,
    /// How health is watched.
    pub health: Health,
    /// What is measured.
    pub metrics: Metrics,
    /// What is logged.
    pub log: Log,
    settings: Settings,
}

/// `server.*`: how the service listens and what it bears.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address of both listeners.
    pub host: IpAddr,
    /// Port of the API; 0 is any free one.
    pub port: u16,
    /// Port of the management listener; `None` puts its routes on `port`.
    pub management_port: Option<u16>,
    /// Longest time for a request; at least a millisecond.
    pub request_timeout: Duration,
    /// Largest request body, in bytes; at least 1.
    pub max_request_size: u64,
    /// Connections open at once; at least 1.
    pub max_connections: usize,
    /// Requests handled at once; at least 1.
    pub max_in_flight: usize,
    /// Longest time for a request's head; at least a millisecond.
    pub header_read_timeout: Duration,
    /// Time between not ready and no longer accepting; may be zero.
    pub drain_delay: Duration,
    /// Time for requests in flight after that; may be zero.
    pub shutdown_timeout: Duration,
    /// Web origins in lower case, or a lone `*`; empty is no cross-origin access.
    pub cors_origins: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// `database.*`: where products are kept.
#[derive(Debug, Clone)]
pub struct Database {
    /// `sqlite://…`, `postgres://…` or `postgresql://…`, as the driver understands it.
    pub url: SecretString,
    /// Most connections in the pool; at least 1.
    pub max_connections: u32,
    /// Connections kept when idle; at most `max_connections`.
    pub min_connections: u32,
    /// Longest wait for a connection; at least a millisecond.
    pub acquire_timeout: Duration,
    /// Age at which a connection is replaced; at least a second.
    pub max_lifetime: Duration,
    /// Whether connections that were idle for long are pinged before use.
    pub test_before_acquire: bool,
    /// Longest time for a statement (Postgres); at least a millisecond.
    pub statement_timeout: Duration,
    /// Longest wait for a lock (SQLite); may be zero.
    pub busy_timeout: Duration,
    /// Whether `serve` migrates first.
    pub migrate_on_start: bool,
}

/// `health.*`: how health is watched.
#[derive(Debug, Clone)]
pub struct Health {
    /// Time between two runs of a check; at least a millisecond.
    pub interval: Duration,
    /// Longest time for a check; at least a millisecond.
    pub timeout: Duration,
    /// Failures in a row that turn a check unhealthy; at least 1.
    pub failure_threshold: u32,
    /// Successes in a row that turn it healthy; at least 1.
    pub success_threshold: u32,
    /// What each check means for the whole.
    pub policy: Policies,
}

/// `health.policy.*`: what each check means for the whole.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Policy of the database check.
    pub database: health::Policy,
}

/// `metrics.*`: what is measured.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Whether `/metrics` is served.
    pub enabled: bool,
    /// Upper bounds of the request-duration buckets, in seconds, rising; 0.25 is among them.
    pub duration_buckets: Vec<f64>,
}

/// `log.*`: what is logged.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level, or log directives such as `info,products=debug`.
    pub level: String,
    /// Form of the lines.
    pub format: telemetry::Format,
}

impl Config {
    /// Reads the sources.
    ///
    /// # Errors
    ///
    /// All mistakes in all sources, an unreadable file among them.
    pub fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut mistakes = Mistakes::default();
        let layer = sources::merge(sources, &mut mistakes);
        let settings = Settings::parse(&layer, &mut mistakes);
        mistakes.into_result()?;
        Ok(Self {
            server: Server::from(&settings),
            database: Database::from(&settings),
            health: Health::from(&settings),
            metrics: Metrics::from(&settings),
            log: Log::from(&settings),
            settings,
        })
    }

    /// The effective values as TOML, passwords masked, each that is not a default with its origin
    /// as a comment. But for what is masked, it can serve as a configuration file.
    pub fn effective(&self) -> String {
        render::effective(&self.settings)
    }
}

impl From<&Settings> for Server {
    fn from(settings: &Settings) -> Self {
        Self {
            host: settings.address("server.host"),
            port: settings.port("server.port").unwrap_or_default(),
            management_port: settings.port("server.management_port"),
            request_timeout: settings.duration("server.request_timeout"),
            max_request_size: settings.size("server.max_request_size"),
            max_connections: settings.count("server.max_connections") as usize,
            max_in_flight: settings.count("server.max_in_flight") as usize,
            header_read_timeout: settings.duration("server.header_read_timeout"),
            drain_delay: settings.duration("server.drain_delay"),
            shutdown_timeout: settings.duration("server.shutdown_timeout"),
            cors_origins: settings.origins("server.cors_origins"),
            trusted_proxies: settings.networks("server.trusted_proxies"),
        }
    }
}

impl From<&Settings> for Database {
    fn from(settings: &Settings) -> Self {
        Self {
            url: settings.secret("database.url"),
            max_connections: settings.count("database.max_connections"),
            min_connections: settings.count("database.min_connections"),
            acquire_timeout: settings.duration("database.acquire_timeout"),
            max_lifetime: settings.duration("database.max_lifetime"),
            test_before_acquire: settings.switch("database.test_before_acquire"),
            statement_timeout: settings.duration("database.statement_timeout"),
            busy_timeout: settings.duration("database.busy_timeout"),
            migrate_on_start: settings.switch("database.migrate_on_start"),
        }
    }
}

impl From<&Settings> for Health {
    fn from(settings: &Settings) -> Self {
        Self {
            interval: settings.duration("health.interval"),
            timeout: settings.duration("health.timeout"),
            failure_threshold: settings.count("health.failure_threshold"),
            success_threshold: settings.count("health.success_threshold"),
            policy: Policies {
                database: match settings.choice("health.policy.database") {
                    "required" => health::Policy::Required,
                    "degraded" => health::Policy::Degraded,
                    _ => health::Policy::Ignored,
                },
            },
        }
    }
}

impl From<&Settings> for Metrics {
    fn from(settings: &Settings) -> Self {
        Self {
            enabled: settings.switch("metrics.enabled"),
            duration_buckets: settings.buckets("metrics.duration_buckets"),
        }
    }
}

impl From<&Settings> for Log {
    fn from(settings: &Settings) -> Self {
        Self {
            level: settings.text("log.level"),
            format: match settings.choice("log.format") {
                "json" => telemetry::Format::Json,
                "pretty" => telemetry::Format::Pretty,
                _ => telemetry::Format::Auto,
            },
        }
    }
}
