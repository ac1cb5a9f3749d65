//! Which values are taken and which refused.

use std::time::Duration;

use products::config::Config;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use telemetry::LogSettings;

use crate::setup::Setup;

#[test]
fn without_any_source_the_defaults_of_the_contract_hold() {
    let config = Setup::new().load();

    assert_eq!(config.server.host.to_string(), "0.0.0.0");
    assert_eq!(config.server.port, 8000);
    assert_eq!(config.server.management_port, None);
    assert_eq!(config.server.request_timeout, Duration::from_secs(30));
    assert_eq!(config.server.max_request_size, 16 << 20);
    assert_eq!(config.server.max_connections, 10_000);
    assert_eq!(config.server.max_in_flight, 2_048);
    assert_eq!(config.server.header_read_timeout, Duration::from_secs(10));
    assert_eq!(config.server.drain_delay, Duration::ZERO);
    assert_eq!(config.server.shutdown_timeout, Duration::from_secs(35));
    assert!(config.server.cors_origins.is_empty());
    assert!(config.server.trusted_proxies.is_empty());
    let database = &config.database;
    assert_eq!(
        database.url.expose_secret(),
        "sqlite://data/products.db?mode=rwc"
    );
    assert_eq!(database.max_connections, 50);
    assert_eq!(database.min_connections, 0);
    assert_eq!(database.acquire_timeout, Duration::from_secs(3));
    assert_eq!(database.max_lifetime, Duration::from_secs(3_600));
    assert!(database.test_before_acquire);
    assert_eq!(database.statement_timeout, Duration::from_secs(10));
    assert_eq!(database.busy_timeout, Duration::from_secs(5));
    assert!(database.migrate_on_start);
    assert!(config.health.enabled);
    assert_eq!(config.health.interval, Duration::from_secs(5));
    assert_eq!(config.health.timeout, Duration::from_secs(1));
    assert_eq!(config.health.failure_threshold, 2);
    assert_eq!(config.health.success_threshold, 1);
    assert_eq!(config.health.stall_after, Duration::from_secs(10));
    assert_eq!(config.health.disk_path, None);
    assert_eq!(config.health.policy.database, health::Policy::Required);
    assert!(config.metrics.enabled);
    assert_eq!(
        config.metrics.duration_buckets,
        [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.0, 5.0,
            10.0
        ]
    );
    assert_eq!(config.metrics.collection_interval, Duration::from_secs(10));
    let bytes = [100.0, 500.0, 1e3, 5e3, 1e4, 1e5, 1e6, 1e7];
    assert_eq!(config.metrics.size_buckets, bytes);
    assert_eq!(
        config.metrics.query_buckets,
        [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0
        ]
    );
    assert_eq!(config.metrics.max_series, 2_000);
    assert_eq!(config.log.level, "INFO");
    assert_eq!(config.log.format, telemetry::Format::Auto);
    assert!(config.tracing.otlp_endpoint.is_none());
    assert_eq!(config.tracing.sample_ratio, 1.0);
    assert_eq!(config.tracing.service_name, "products");
}

#[test]
fn units_are_read_from_variables_too() {
    let config = Setup::new()
        .variable("PRODUCTS__SERVER__REQUEST_TIMEOUT", "250ms")
        .variable("PRODUCTS__SERVER__MAX_REQUEST_SIZE", " 64 KiB ")
        .variable("PRODUCTS__SERVER__TRUSTED_PROXIES", "10.1.2.3/8, ::1")
        .variable("PRODUCTS__SERVER__CORS_ORIGINS", "https://A.example")
        .variable("PRODUCTS__METRICS__ENABLED", "False")
        .variable("PRODUCTS__LOG__FORMAT", "JSON")
        .load();

    assert_eq!(config.server.request_timeout, Duration::from_millis(250));
    assert_eq!(config.server.max_request_size, 65_536);
    let proxies: Vec<String> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    assert_eq!(config.server.cors_origins, ["https://a.example"]);
    assert!(!config.metrics.enabled);
    assert_eq!(config.log.format, telemetry::Format::Json);
}

#[test]
fn every_value_out_of_its_rules_is_refused() {
    let cases = [
        ("server.host", "example.org", "is not an IP address"),
        ("server.port", "65536", "is not a port"),
        ("server.port", "-1", "is not a port"),
        ("server.port", "", "is empty"),
        ("server.management_port", "8000", "is server.port too"),
        ("server.request_timeout", "30", "has no unit"),
        ("server.request_timeout", "0s", "is out of range"),
        ("server.request_timeout", "25h", "is out of range"),
        ("server.request_timeout", "-1s", "is not a duration"),
        ("server.request_timeout", "soon", "is not a duration"),
        ("server.max_request_size", "0", "is out of range"),
        ("server.max_request_size", "16 apples", "is not a size"),
        ("server.max_connections", "0", "is out of range"),
        ("server.max_connections", "many", "is not a whole number"),
        ("server.max_connections", "1.5", "is not a whole number"),
        ("server.max_in_flight", "0", "is out of range"),
        ("server.header_read_timeout", "0s", "is out of range"),
        ("server.cors_origins", "shop.example", "is no origin"),
        ("server.cors_origins", "https://a.example/", "is no origin"),
        ("server.cors_origins", "https://u@a.example", "is no origin"),
        ("server.cors_origins", "https://*.example", "is no origin"),
        ("server.cors_origins", "null", "is no origin"),
        ("server.cors_origins", "*,https://a.example", "beside *"),
        ("server.cors_origins", "https://a.example,", "is no origin"),
        ("server.trusted_proxies", "10.0.0.0/33", "is no address"),
        ("server.trusted_proxies", "proxy", "is no address"),
        ("database.url", "mysql://localhost/db", "does not begin"),
        ("database.url", "data.db", "does not begin"),
        ("database.url", "sqlite://", "names no file"),
        ("database.url", "sqlite://:memory:", "in memory"),
        (
            "database.url",
            "sqlite://a.db?mode=x",
            "is not an SQLite URL",
        ),
        (
            "database.url",
            "postgres://host:port/db",
            "is not a Postgres URL",
        ),
        ("cache.redis_url", "localhost:6379", "does not begin"),
        (
            "cache.redis_url",
            "redis://host/zero",
            "cannot be understood",
        ),
        ("cache.redis_url", "redis://host#a", "has a fragment"),
        ("cache.redis_url", "rediss://host?sslrootcrt=a", "parameter"),
        (
            "cache.redis_url",
            "rediss://host?sslrootcert=/nowhere.pem",
            "/nowhere.pem: No such file",
        ),
        ("database.max_connections", "0", "is out of range"),
        (
            "database.min_connections",
            "51",
            "is more than database.max_connections",
        ),
        ("database.max_lifetime", "0s", "is out of range"),
        (
            "database.test_before_acquire",
            "yes",
            "is neither true nor false",
        ),
        (
            "database.migrate_on_start",
            "1",
            "is neither true nor false",
        ),
        ("health.timeout", "0s", "is out of range"),
        ("health.failure_threshold", "0", "is out of range"),
        (
            "health.policy.database",
            "optional",
            "is not one of the choices",
        ),
        ("metrics.duration_buckets", "", "is empty"),
        ("metrics.duration_buckets", "0.25,0.1", "does not rise"),
        ("metrics.duration_buckets", "0.25,0.25", "does not rise"),
        ("metrics.duration_buckets", "0,0.25", "above zero"),
        ("metrics.duration_buckets", "0.25,inf", "above zero"),
        ("metrics.duration_buckets", "0.25,NaN", "above zero"),
        ("metrics.duration_buckets", "0.25,1x", "above zero"),
        ("metrics.duration_buckets", "0.1,1", "lacks the bound 0.25"),
        ("metrics.collection_interval", "0s", "is out of range"),
        ("metrics.size_buckets", "1000,100", "does not rise"),
        ("metrics.size_buckets", "1s", "no number of bytes"),
        ("metrics.query_buckets", "0,1", "no number of seconds"),
        ("metrics.max_series", "0", "is out of range"),
        ("tracing.otlp_endpoint", "collector:4317", "is no http://"),
        ("tracing.otlp_endpoint", "collector", "is no http://"),
        ("tracing.otlp_endpoint", "grpc://c:4317", "is no http://"),
        ("tracing.otlp_endpoint", "http://", "is no http://"),
        ("tracing.otlp_endpoint", "http://u:p@", "is no http://"),
        ("tracing.otlp_endpoint", "http://c:99999", "is no http://"),
        ("tracing.otlp_endpoint", "http://c:", "is no http://"),
        ("tracing.otlp_endpoint", "http://a b:1", "is no http://"),
        (
            "tracing.otlp_endpoint",
            "http://c:4318/v1/traces",
            "after the host",
        ),
        (
            "tracing.otlp_endpoint",
            "http://c:4317?a=b",
            "after the host",
        ),
        ("tracing.otlp_endpoint", "http://c:4317#a", "after the host"),
        (
            "tracing.otlp_endpoint",
            "https://-c..example:4317",
            "no certificate",
        ),
        ("tracing.sample_ratio", "1.1", "is out of range"),
        ("tracing.sample_ratio", "-0.1", "is out of range"),
        ("tracing.sample_ratio", "101%", "is out of range"),
        ("tracing.sample_ratio", "NaN", "is out of range"),
        ("tracing.sample_ratio", "half", "is not a ratio"),
        ("tracing.sample_ratio", "%", "is not a ratio"),
        ("tracing.service_name", "", "is empty"),
        ("log.level", "loud", "where a level belongs"),
        ("log.level", "info,products", "where a level belongs"),
        ("log.level", "products=loud", "where a level belongs"),
        ("log.level", "=info", "where a target belongs"),
        ("log.format", "xml", "is not one of the choices"),
    ];

    for (key, value, problem) in cases {
        let mistake = Setup::new().flag(key, value).mistake();

        let start = format!("{key} (--set): ");
        assert!(mistake.starts_with(&start), "{key}={value}: {mistake}");
        assert!(mistake.contains(problem), "{key}={value}: {mistake}");
        assert!(
            mistake.contains("; "),
            "{key}={value} has a remedy: {mistake}"
        );
    }
}

#[test]
fn values_at_the_edge_of_their_rules_are_taken() {
    let cases = [
        ("server.host", "localhost"),
        ("server.host", "::"),
        ("server.port", "0"),
        ("server.management_port", "65535"),
        ("server.drain_delay", "0"),
        ("server.max_request_size", "1"),
        ("server.max_connections", "1"),
        ("server.cors_origins", "*"),
        (
            "server.cors_origins",
            "http://localhost:3000,capacitor://localhost",
        ),
        ("server.cors_origins", "http://[::1]:3000"),
        ("database.url", "sqlite:///var/lib/products.db?mode=rwc"),
        (
            "database.url",
            "postgresql://u:p%40ss@h:5432/db?sslmode=require",
        ),
        ("database.min_connections", "50"),
        ("database.busy_timeout", "0s"),
        ("metrics.duration_buckets", "0.25"),
        ("metrics.collection_interval", "1ms"),
        ("metrics.size_buckets", "1"),
        ("metrics.size_buckets", "100,1KiB,16MiB"),
        ("metrics.query_buckets", "100ms,0.5,1s"),
        ("metrics.query_buckets", "0.1,1"),
        ("metrics.max_series", "1"),
        ("tracing.otlp_endpoint", ""),
        ("tracing.otlp_endpoint", "http://localhost:4317/"),
        ("tracing.otlp_endpoint", "https://u:p%40ss@[::1]:4317"),
        ("tracing.otlp_endpoint", "https://collector"),
        ("tracing.sample_ratio", "0"),
        ("tracing.sample_ratio", "100%"),
        ("log.level", "off"),
        ("log.level", "Warning"),
        ("log.level", "warn, products::store=trace,sea-orm=off"),
    ];

    for (key, value) in cases {
        Setup::new().flag(key, value).load();
    }
}

proptest! {
    #[test]
    fn a_log_level_that_is_taken_is_one_that_telemetry_takes(
        filter in "((info|WARN|off|loud|[a-z_:=\\[\\]{} -]{0,6})(=(debug|Trace|x)?)?,?){1,3}"
    ) {
        let setup = Setup::new().flag("log.level", &filter);
        if let Ok(config) = Config::load(&setup.sources) {
            let settings = LogSettings { filter: config.log.level, ..LogSettings::default() };

            prop_assert!(telemetry::subscriber(&settings, &Default::default(), std::io::sink(), false).is_ok(), "{filter}");
        }
    }
}

#[test]
fn both_ports_may_be_any_free_ones() {
    let config = Setup::new()
        .flag("--port", "0")
        .flag("server.management_port", "0")
        .load();

    assert_eq!(config.server.management_port, Some(0));
}
