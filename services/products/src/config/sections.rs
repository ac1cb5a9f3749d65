//! The sections of the configuration, as the service reads them.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use server::Tokens;

use super::errors::Mistakes;
use super::settings::Settings;
use super::token_file;
use crate::cache::Lifetimes;

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

/// `cache.*`: what is kept of reads.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Redis, which all replicas share; `redis://…` or `rediss://…`, perhaps with a password.
    pub redis_url: Option<SecretString>,
    /// Whether anything is kept.
    pub enabled: bool,
    /// Whether the process itself keeps answers; `None` where that follows from the rest.
    pub local: Option<bool>,
    /// How long answers are kept.
    pub lifetimes: Lifetimes,
    /// Bytes that the process may keep; at least 1.
    pub local_capacity: u64,
    /// Longest time for an operation on Redis; at least a millisecond.
    pub operation_timeout: Duration,
    /// How long the process believes what it keeps when it hears nothing; at least a millisecond.
    pub outage_ttl: Duration,
    /// What the names of keys begin with; `None` for the database's own id.
    pub key_prefix: Option<String>,
    /// Failures in a row after which Redis is left alone; at least 1.
    pub breaker_failures: u32,
    /// For how long it is; at least a millisecond.
    pub breaker_open: Duration,
}

/// `health.*`: how health is watched.
#[derive(Debug, Clone)]
pub struct Health {
    /// Whether checks run at all.
    pub enabled: bool,
    /// Time between two runs of a check; at least a millisecond.
    pub interval: Duration,
    /// Longest time for a check; at least a millisecond.
    pub timeout: Duration,
    /// Failures in a row that turn a check unhealthy; at least 1.
    pub failure_threshold: u32,
    /// Successes in a row that turn it healthy; at least 1.
    pub success_threshold: u32,
    /// Longest hold-up of the event loop of a process that counts as alive; at least a millisecond.
    pub stall_after: Duration,
    /// What lies on the volume to look at; unset: the database.
    pub disk_path: Option<PathBuf>,
    /// What each check means for the whole.
    pub policy: Policies,
}

/// `health.policy.*`: what each check means for the whole.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Policy of the database check.
    pub database: health::Policy,
    /// Policy of the check of Redis.
    pub cache: health::Policy,
}

/// `metrics.*`: what is measured.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Whether `/metrics` is served.
    pub enabled: bool,
    /// Time between two looks at process, system and disk; at least a millisecond.
    pub collection_interval: Duration,
    /// Upper bounds of the request-duration buckets, in seconds, rising; 0.25 is among them.
    pub duration_buckets: Vec<f64>,
    /// Upper bounds of the body-size buckets, in bytes, rising.
    pub size_buckets: Vec<f64>,
    /// Upper bounds of the database-time buckets, in seconds, rising.
    pub query_buckets: Vec<f64>,
    /// Most label sets in all, a histogram's counted once; at least 1.
    pub max_series: usize,
}

/// `log.*`: what is logged.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level, or log directives such as `info,products=debug`.
    pub level: String,
    /// Form of the lines.
    pub format: telemetry::Format,
}

/// `tracing.*`: where traces go.
#[derive(Debug, Clone)]
pub struct Tracing {
    /// `http://…` or `https://…` of an OTLP/gRPC receiver, without a path, perhaps with user and
    /// password; `None` exports nothing.
    pub otlp_endpoint: Option<SecretString>,
    /// Share of the traces begun here that are exported, from 0 to 1.
    pub sample_ratio: f64,
    /// What the traces call the service.
    pub service_name: String,
}

/// `auth.*`: who may do what.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Tokens of those who may change the state of the running service; `None` leaves that to the
    /// machine itself.
    pub management_tokens: Option<Tokens>,
}

impl Auth {
    /// The key that names the file of `management_tokens`.
    pub const MANAGEMENT_TOKEN_FILE: &'static str = "auth.management_token_file";

    /// Reads the files that the settings name, relative to `working_dir`.
    pub(super) fn read(settings: &Settings, working_dir: &Path, mistakes: &mut Mistakes) -> Self {
        let mut tokens = |key: &str| {
            let (path, origin) = settings.given_path(key)?;
            token_file::read(&working_dir.join(path), key, origin, mistakes)
        };
        Self {
            management_tokens: tokens(Self::MANAGEMENT_TOKEN_FILE),
        }
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

impl Cache {
    /// Whether replicas share what they keep.
    pub fn is_shared(&self) -> bool {
        self.enabled && self.redis_url.is_some()
    }

    /// Whether the process itself keeps answers, of a database that is `embedded` in it or not:
    /// alone, it hears of no writes but its own.
    pub fn is_local(&self, embedded: bool) -> bool {
        self.enabled && self.local.unwrap_or(embedded || self.redis_url.is_some())
    }
}

impl From<&Settings> for Cache {
    fn from(settings: &Settings) -> Self {
        let prefix = settings.text("cache.key_prefix");
        Self {
            redis_url: settings.optional_secret("cache.redis_url"),
            enabled: settings.switch("cache.enabled"),
            local: match settings.choice("cache.local") {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            },
            lifetimes: Lifetimes {
                present: settings.duration("cache.ttl_default"),
                absent: settings.duration("cache.negative_ttl"),
                jitter: settings.ratio("cache.ttl_jitter"),
            },
            local_capacity: settings.size("cache.local_capacity"),
            operation_timeout: settings.duration("cache.operation_timeout"),
            outage_ttl: settings.duration("cache.outage_ttl"),
            key_prefix: (!prefix.is_empty()).then_some(prefix),
            breaker_failures: settings.count("cache.breaker_failures"),
            breaker_open: settings.duration("cache.breaker_open"),
        }
    }
}

impl From<&Settings> for Health {
    fn from(settings: &Settings) -> Self {
        Self {
            enabled: settings.switch("health.enabled"),
            interval: settings.duration("health.interval"),
            timeout: settings.duration("health.timeout"),
            failure_threshold: settings.count("health.failure_threshold"),
            success_threshold: settings.count("health.success_threshold"),
            stall_after: settings.duration("health.stall_after"),
            disk_path: settings
                .given_path("health.disk_path")
                .map(|(path, _)| path.to_owned()),
            policy: Policies {
                database: policy(settings, "health.policy.database"),
                cache: policy(settings, "health.policy.cache"),
            },
        }
    }
}

fn policy(settings: &Settings, key: &str) -> health::Policy {
    match settings.choice(key) {
        "required" => health::Policy::Required,
        "degraded" => health::Policy::Degraded,
        _ => health::Policy::Ignored,
    }
}

impl From<&Settings> for Metrics {
    fn from(settings: &Settings) -> Self {
        Self {
            enabled: settings.switch("metrics.enabled"),
            collection_interval: settings.duration("metrics.collection_interval"),
            duration_buckets: settings.buckets("metrics.duration_buckets"),
            size_buckets: settings.buckets("metrics.size_buckets"),
            query_buckets: settings.buckets("metrics.query_buckets"),
            max_series: settings.count("metrics.max_series") as usize,
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

impl From<&Settings> for Tracing {
    fn from(settings: &Settings) -> Self {
        Self {
            otlp_endpoint: settings.optional_secret("tracing.otlp_endpoint"),
            sample_ratio: settings.ratio("tracing.sample_ratio"),
            service_name: settings.text("tracing.service_name"),
        }
    }
}
