//! The table of keys: the one place that knows what can be configured.
//!
//! Parsing, `products config`, `products.example.toml`, the README's table and the suggestions for
//! mistyped names are all made from it.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::kind::Kind;
use super::lists::Bounds;

/// What the name of every environment variable of a key begins with.
pub(super) const PREFIX: &str = "PRODUCTS__";

/// Ending of a variable that names a file holding the value.
pub(super) const FILE_SUFFIX: &str = "_FILE";

/// How alike two names must be (0 to 1) for one to be suggested in place of the other.
const LEAST_LIKENESS: f64 = 0.6;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// From nothing to a day.
const DELAY: RangeInclusive<Duration> = Duration::ZERO..=DAY;
/// From a millisecond, the databases' finest unit, to a day.
const LIMIT: RangeInclusive<Duration> = MILLISECOND..=DAY;
/// From a second, since a pool looks for old connections that often, to a year.
const LIFETIME: RangeInclusive<Duration> = SECOND..=DAY.saturating_mul(365);

const POLICIES: Kind = Kind::Choice(&["required", "degraded", "ignored"]);
const TIERS: Kind = Kind::Choice(&["auto", "on", "off"]);
const FORMATS: Kind = Kind::Choice(&["auto", "json", "pretty"]);

/// One key of the configuration.
#[derive(Debug)]
pub(super) struct Key {
    /// Dotted name: section and key, `server.port`.
    pub(super) name: &'static str,
    /// What its value is.
    pub(super) kind: Kind,
    /// The default, written as a user would write it.
    pub(super) default: &'static str,
    /// What it does, in one line.
    pub(super) meaning: &'static str,
    /// An environment variable without the prefix that means the same, but yields.
    pub(super) short: Option<&'static str>,
    /// A flag of its own.
    pub(super) flag: Option<&'static str>,
}

/// Every key, section by section.
#[rustfmt::skip]
pub(super) static KEYS: [Key; 54] = [
    key("server.host", Kind::Address, "0.0.0.0", "Address to listen on; `0.0.0.0` is every IPv4 interface, `::` every interface.").flag("--host"),
    key("server.port", Kind::Port, "8000", "Port of the API; 0 takes any free one.").short("PORT").flag("--port"),
    key("server.management_port", Kind::OptionalPort, "", "Port of metrics, health and run-time switches, such as 9000; unset: they share `server.port`."),
    key("server.request_timeout", Kind::Duration(LIMIT), "30s", "Longest time a request may take; past it the answer is 504."),
    key("server.max_request_size", Kind::Size(1..=bytesize::TIB), "16MiB", "Largest request body; past it the answer is 413."),
    key("server.max_connections", Kind::Count(1..=1_000_000), "10000", "Connections open at once; further ones wait to be accepted."),
    key("server.max_in_flight", Kind::Count(1..=1_000_000), "2048", "Requests handled at once; above it the answer is 503 with `Retry-After`."),
    key("server.header_read_timeout", Kind::Duration(LIMIT), "10s", "Longest time a request's head may take to arrive; past it the connection is closed."),
    key("server.drain_delay", Kind::Duration(DELAY), "0s", "At shutdown: time between readiness going off and the last connection accepted."),
    key("server.shutdown_timeout", Kind::Duration(DELAY), "35s", "At shutdown: time that requests in flight get to finish after that."),
    key("server.cors_origins", Kind::Origins, "", "Web origins whose pages may call the API, such as `https://shop.example`; `*` is all, empty none."),
    key("server.trusted_proxies", Kind::Networks, "", "Addresses and networks whose `X-Forwarded-For` is believed."),

    key("database.url", Kind::DatabaseUrl, "sqlite://data/products.db?mode=rwc", "Database: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.").short("DATABASE_URL"),
    key("database.max_connections", Kind::Count(1..=10_000), "50", "Most connections in the pool."),
    key("database.min_connections", Kind::Count(0..=10_000), "0", "Connections that the pool keeps open when idle."),
    key("database.acquire_timeout", Kind::Duration(LIMIT), "3s", "Longest wait for a connection; past it the answer is 503."),
    key("database.max_lifetime", Kind::Duration(LIFETIME), "1h", "Age at which a connection is replaced."),
    key("database.test_before_acquire", Kind::Switch, "true", "Ping a connection that was idle for 30 s before it is used."),
    key("database.statement_timeout", Kind::Duration(LIMIT), "10s", "Longest time a statement may take (Postgres)."),
    key("database.busy_timeout", Kind::Duration(DELAY), "5s", "Longest wait for another writer's lock (SQLite)."),
    key("database.migrate_on_start", Kind::Switch, "true", "Bring the schema up to date before serving."),

    key("cache.redis_url", Kind::OptionalRedisUrl, "", "Redis that all replicas share: `redis://USER:PASSWORD@HOST:6379/0`, or `rediss://` for TLS; unset: each process caches by itself, with SQLite only.").short("REDIS_URL"),
    key("cache.enabled", Kind::Switch, "true", "Keep answers for reads of one product."),
    key("cache.local", TIERS, "auto", "The cache in the process itself: `on`, `off`, or `auto`: on with SQLite or with Redis, by which it hears of the writes of others."),
    key("cache.ttl_default", Kind::Duration(LIMIT), "5m", "Longest time for which an answer is kept."),
    key("cache.negative_ttl", Kind::Duration(LIMIT), "5s", "Longest time for which it is kept that there is no such product."),
    key("cache.ttl_jitter", Kind::Ratio, "10%", "Share of these times by which they are shortened by chance, so that not everything expires at once."),
    key("cache.local_capacity", Kind::Size(1..=bytesize::TIB), "64MiB", "Memory that the cache in the process may take."),
    key("cache.operation_timeout", Kind::Duration(LIMIT), "50ms", "Longest time for an operation on Redis; past it the database is asked."),
    key("cache.outage_ttl", Kind::Duration(LIMIT), "1s", "Longest time for which the cache in the process is believed when nothing is heard from Redis."),
    key("cache.key_prefix", Kind::OptionalText, "", "What the names of all keys in Redis begin with; unset: an id of the database's own."),
    key("cache.breaker_failures", Kind::Count(1..=1_000), "5", "Failures in a row after which Redis is not asked for a while."),
    key("cache.breaker_open", Kind::Duration(LIMIT), "1s", "That while; then one operation finds out whether it answers again."),

    key("health.enabled", Kind::Switch, "true", "Run the checks; otherwise probes look at the process, its start and its end only."),
    key("health.interval", Kind::Duration(LIMIT), "5s", "Time between two runs of a check."),
    key("health.timeout", Kind::Duration(LIMIT), "1s", "Longest time a check may take; past it it has failed."),
    key("health.failure_threshold", Kind::Count(1..=1_000), "2", "Failures in a row that make a check unhealthy."),
    key("health.success_threshold", Kind::Count(1..=1_000), "1", "Successes in a row that make it healthy again."),
    key("health.stall_after", Kind::Duration(LIMIT), "10s", "Time for which the event loop may be held up before `/health/live` answers 503."),
    key("health.disk_path", Kind::OptionalPath, "", "File or folder on the volume that the disk check and the `disk_*` metrics look at; unset: the database's folder, with Postgres the working directory."),
    key("health.policy.database", POLICIES, "required", "What an unhealthy database does: `required` fails readiness, `degraded` only shows, `ignored` neither."),
    key("health.policy.cache", POLICIES, "degraded", "What an unhealthy Redis does, likewise."),

    key("metrics.enabled", Kind::Switch, "true", "Serve `/metrics`."),
    key("metrics.collection_interval", Kind::Duration(LIMIT), "10s", "Time between two looks at the process, the system and the disk."),
    key("metrics.duration_buckets", Kind::Buckets(Bounds::Durations), "0.0005,0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.3,0.5,1,2,5,10", "Upper bounds, in seconds, of the buckets of request durations; 0.25 must be among them."),
    key("metrics.size_buckets", Kind::Buckets(Bounds::Bytes), "100,500,1000,5000,10000,100000,1000000,10000000", "Upper bounds, in bytes, of the buckets of body sizes."),
    key("metrics.query_buckets", Kind::Buckets(Bounds::Seconds), "0.0005,0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5", "Upper bounds, in seconds, of the buckets of database times."),
    key("metrics.max_series", Kind::Count(1..=1_000_000), "2000", "Most label sets in all, a histogram's counted once; past it new ones are dropped and counted, while the hundred or so without labels of a request stay."),

    key("log.level", Kind::LogFilter, "INFO", "Least severe level that is logged, or directives such as `info,products=debug`.").short("LOG_LEVEL"),
    key("log.format", FORMATS, "auto", "`json`, `pretty`, or `auto`: pretty on a terminal and JSON elsewhere."),

    key("tracing.otlp_endpoint", Kind::OptionalEndpoint, "", "OTLP/gRPC receiver of traces, such as `http://localhost:4317`; unset: none are exported."),
    key("tracing.sample_ratio", Kind::Ratio, "1.0", "Share of the traces begun here that are exported, such as `0.1` or `10%`."),
    key("tracing.service_name", Kind::Text, "products", "What the traces call the service."),

    key("auth.management_token_file", Kind::OptionalSecretFile, "", "File of tokens, `NAME:TOKEN` or `NAME:sha256:HEX` a line, for calls that change the running service; unset: those come from this machine only."),
];

const fn key(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key {
        name,
        kind,
        default,
        meaning,
        short: None,
        flag: None,
    }
}

impl Key {
    const fn short(mut self, variable: &'static str) -> Self {
        self.short = Some(variable);
        self
    }

    const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    /// Its section and its name within, `("health.policy", "database")`.
    pub(super) fn path(&self) -> (&'static str, &'static str) {
        self.name
            .rsplit_once('.')
            .expect("every key of the table is in a section")
    }

    /// Its environment variable, `PRODUCTS__SERVER__PORT`.
    pub(super) fn variable(&self) -> String {
        let path = self.name.to_ascii_uppercase().replace('.', "__");
        format!("{PREFIX}{path}")
    }
}

/// The key of that name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether keys lie below that name, `health` or `health.policy`.
pub(super) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| {
        key.name
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// What to do about an unknown name: the most similar known one, if any is similar.
pub(super) fn suggest(unknown: &str, known: impl Iterator<Item = String>) -> String {
    known
        .map(|name| (likeness(unknown, &name), name))
        .filter(|(likeness, _)| *likeness >= LEAST_LIKENESS)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map_or_else(
            || "`products config` lists every key".to_owned(),
            |(_, name)| format!("did you mean {name}?"),
        )
}

/// Compares whole names, and a name given without its section with the last part alone.
fn likeness(unknown: &str, known: &str) -> f64 {
    let unknown = unknown.to_ascii_lowercase();
    let lower = known.to_ascii_lowercase();
    let last = lower
        .rsplit_once('.')
        .map_or(lower.as_str(), |(_, last)| last);
    let whole = strsim::normalized_damerau_levenshtein(&unknown, &lower);
    if unknown.contains('.') {
        return whole;
    }
    whole.max(strsim::normalized_damerau_levenshtein(&unknown, last))
}
