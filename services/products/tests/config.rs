//! The configuration as its users meet it: sources, units, mistakes, and what is printed.

use std::path::PathBuf;
use std::time::Duration;

use products::config::{Config, Sources, example_toml, markdown_table, parse_assignment};
use secrecy::ExposeSecret;
use tempfile::TempDir;

/// A working directory of its own, and an environment and command line that only it sees.
struct Setup {
    dir: TempDir,
    sources: Sources,
}

impl Setup {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let sources = Sources {
            working_dir: dir.path().to_path_buf(),
            ..Sources::default()
        };
        Self { dir, sources }
    }

    /// Writes a file into the working directory.
    fn write(self, name: &str, text: &str) -> Self {
        std::fs::write(self.dir.path().join(name), text).expect("the file is written");
        self
    }

    /// Writes a configuration file and names it as `--config` does.
    fn file(mut self, name: &str, text: &str) -> Self {
        self.sources.file = Some(PathBuf::from(name));
        self.write(name, text)
    }

    fn dotenv(self, text: &str) -> Self {
        self.write(".env", text)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources
            .environment
            .insert(name.to_owned(), value.to_owned());
        self
    }

    fn flag(mut self, name: &str, value: &str) -> Self {
        self.sources.flags.push((name.to_owned(), value.to_owned()));
        self
    }

    #[track_caller]
    fn load(&self) -> Config {
        Config::load(&self.sources).unwrap_or_else(|errors| panic!("no mistakes, but\n{errors}"))
    }

    /// The mistakes, one a line.
    #[track_caller]
    fn mistakes(&self) -> Vec<String> {
        let errors = Config::load(&self.sources).expect_err("mistakes");
        errors.to_string().lines().map(str::to_owned).collect()
    }

    /// The only mistake.
    #[track_caller]
    fn mistake(&self) -> String {
        let mistakes = self.mistakes();
        assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
        mistakes.concat()
    }
}

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
    assert_eq!(config.health.interval, Duration::from_secs(5));
    assert_eq!(config.health.timeout, Duration::from_secs(1));
    assert_eq!(config.health.failure_threshold, 2);
    assert_eq!(config.health.success_threshold, 1);
    assert_eq!(config.health.policy.database, health::Policy::Required);
    assert!(config.metrics.enabled);
    assert_eq!(
        config.metrics.duration_buckets,
        [
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.0, 5.0,
            10.0
        ]
    );
    assert_eq!(config.log.level, "INFO");
    assert_eq!(config.log.format, telemetry::Format::Auto);
}

#[test]
fn each_source_wins_over_the_one_before() {
    let mut setup = Setup::new();
    let mut port_is = |step: fn(Setup) -> Setup, port: u16, source: &str| {
        let before = std::mem::replace(&mut setup, Setup::new());
        setup = step(before);
        assert_eq!(setup.load().server.port, port, "{source}");
    };

    port_is(|s| s, 8000, "default");
    port_is(|s| s.file("c.toml", "[server]\nport = 1"), 1, "file");
    port_is(|s| s.dotenv("PORT=2"), 2, "short name in .env");
    port_is(
        |s| s.dotenv("PRODUCTS__SERVER__PORT=3\nPORT=2"),
        3,
        "long name in .env",
    );
    port_is(
        |s| s.variable("PORT", "4"),
        4,
        "short name in the environment, over a long one in .env",
    );
    port_is(
        |s| s.variable("PRODUCTS__SERVER__PORT", "5"),
        5,
        "long name in the environment",
    );
    port_is(|s| s.flag("server.port", "6"), 6, "--set");
    port_is(|s| s.flag("--port", "7"), 7, "a later flag");
}

#[test]
fn sources_that_say_nothing_about_a_key_leave_it_to_the_others() {
    let config = Setup::new()
        .file("c.toml", "[log]\nlevel = 'debug'")
        .dotenv("PRODUCTS__HEALTH__POLICY__DATABASE=degraded")
        .variable("DATABASE_URL", "postgres://localhost/db")
        .flag("--host", "127.0.0.1")
        .load();

    assert_eq!(config.log.level, "debug");
    assert_eq!(config.health.policy.database, health::Policy::Degraded);
    assert_eq!(
        config.database.url.expose_secret(),
        "postgres://localhost/db"
    );
    assert_eq!(config.server.host.to_string(), "127.0.0.1");
    assert_eq!(config.server.port, 8000);
}

#[test]
fn the_configuration_file_is_named_by_flag_or_environment_or_dotenv() {
    let by_dotenv = Setup::new()
        .write("a.toml", "server.port = 1")
        .write("b.yaml", "server: {port: 2}")
        .dotenv("PRODUCTS_CONFIG=a.toml");
    assert_eq!(by_dotenv.load().server.port, 1);

    let by_environment = by_dotenv.variable("PRODUCTS_CONFIG", "b.yaml");
    assert_eq!(by_environment.load().server.port, 2);

    let by_flag = by_environment.file("c.yml", "server.port: 3");
    assert_eq!(by_flag.load().server.port, 3);
}

#[test]
fn yaml_says_the_same_as_toml() {
    let toml = "
        [server]
        host = '::1'
        management_port = 9000
        request_timeout = '1500ms'
        max_request_size = 65536
        cors_origins = ['https://a.example', 'http://b.example:8080']
        trusted_proxies = '10.0.0.0/8,192.0.2.7'
        [database]
        test_before_acquire = false
        [health.policy]
        database = 'ignored'
        [metrics]
        duration_buckets = [0.1, 0.25, 1]
    ";
    let yaml = "
server:
  host: '::1'
  management_port: 9000
  request_timeout: 1500ms
  max_request_size: 65536
  cors_origins: [https://a.example, http://b.example:8080]
  trusted_proxies: 10.0.0.0/8,192.0.2.7
database:
  test_before_acquire: false
health:
  policy:
    database: ignored
metrics:
  duration_buckets: [0.1, 0.25, 1]
";
    let from_toml = Setup::new().file("c.toml", toml).load().effective();
    let from_yaml = Setup::new().file("c.yaml", yaml).load().effective();

    assert_eq!(from_toml.replace("c.toml", "c.yaml"), from_yaml);
    assert!(from_yaml.contains("duration_buckets = [0.1, 0.25, 1.0] # c.yaml"));
    assert!(from_yaml.contains(r#"trusted_proxies = ["10.0.0.0/8", "192.0.2.7/32"] # c.yaml"#));
}

#[test]
fn a_file_may_hold_a_value() {
    let setup = Setup::new()
        .write("url", "postgres://u:secret@db/products\n")
        .write("port", "9001\r\n")
        .variable("DATABASE_URL_FILE", "url")
        .variable("PRODUCTS__SERVER__PORT_FILE", "port");

    let config = setup.load();

    assert_eq!(
        config.database.url.expose_secret(),
        "postgres://u:secret@db/products"
    );
    assert_eq!(config.server.port, 9001);
    let effective = config.effective();
    assert!(
        effective.contains("environment variable DATABASE_URL_FILE"),
        "{effective}"
    );
}

#[test]
fn a_value_and_its_file_in_the_same_source_are_a_mistake() {
    let setup = Setup::new()
        .variable("DATABASE_URL", "postgres://localhost/db")
        .variable("DATABASE_URL_FILE", "url");
    assert_eq!(
        setup.mistake(),
        "database.url (environment): is given by DATABASE_URL and by DATABASE_URL_FILE; \
         unset one of them"
    );

    let apart = Setup::new()
        .write("url", "postgres://from-file/db")
        .dotenv("DATABASE_URL_FILE=url")
        .variable("DATABASE_URL", "postgres://from-environment/db");
    let url = apart.load().database.url;
    assert_eq!(url.expose_secret(), "postgres://from-environment/db");
}

#[test]
fn an_empty_variable_counts_only_where_empty_means_something() {
    let config = Setup::new()
        .file(
            "c.toml",
            "[server]\nport = 1\nmanagement_port = 9000\ncors_origins = '*'",
        )
        .variable("PRODUCTS__SERVER__PORT", "")
        .variable("PORT", "")
        .variable("PRODUCTS__SERVER__MANAGEMENT_PORT", "")
        .variable("PRODUCTS__SERVER__CORS_ORIGINS", "")
        .load();

    assert_eq!(config.server.port, 1);
    assert_eq!(config.server.management_port, None);
    assert!(config.server.cors_origins.is_empty());
}

#[test]
fn dotenv_is_shared_with_other_programs() {
    let config = Setup::new()
        .dotenv(
            "\u{feff}# a comment\n\nOTHER=with spaces unquoted\nPORTAL=a b\nexport PORT='8001' # mine\n\
             PRODUCTS_PORT_8000_TCP=tcp://10.0.0.1:8000\nPRODUCTS__LOG__LEVEL=\"info,products=debug\"\n",
        )
        .variable("PRODUCTS_SERVICE_HOST", "10.0.0.1")
        .load();

    assert_eq!(config.server.port, 8001);
    assert_eq!(config.log.level, "info,products=debug");
}

#[test]
fn a_line_of_dotenv_that_cannot_be_read_is_named_but_not_shown() {
    let unquoted =
        Setup::new().dotenv("OTHER=a b\nDATABASE_URL=postgres://u:secret word\nPORT=1\n");
    let mistake = unquoted.mistake();
    assert!(
        mistake.starts_with("line 2 (.env): cannot be read; write NAME=value"),
        "{mistake}"
    );
    assert!(!mistake.contains("secret"));

    let swallowed = Setup::new().dotenv("A=1\nOTHER=\"open\n\nPORT=1\n");
    assert!(swallowed.mistake().starts_with("line 4 (.env): "));
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
        ("metrics.duration_buckets", "0.25,1s", "above zero"),
        ("metrics.duration_buckets", "0.1,1", "lacks the bound 0.25"),
        ("log.level", "loud", "where a level belongs"),
        ("log.level", "warning", "where a level belongs"),
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
        ("log.level", "off"),
        ("log.level", "warn, products::store=trace,sea-orm=off"),
    ];

    for (key, value) in cases {
        Setup::new().flag(key, value).load();
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

#[test]
fn all_mistakes_of_all_sources_are_told_at_once() {
    let mistakes = Setup::new()
        .file(
            "c.toml",
            "[server]\nport = 70000\nprot = 1\n[databse]\nmax_connections = 5\n\
             [log]\nformat = ['json', 'pretty']\n",
        )
        .dotenv("PRODUCTS__SERVER__MAX_IN_FLIHGT=1\nLOG_LEVEL=loud\n")
        .variable("PRODUCTS__HEALTH__TIMEOUT", "1")
        .variable("PRODUCTS__DATABASE__URL_FILE", "/nowhere")
        .flag("server.hots", "::")
        .flag("server", "::")
        .mistakes();

    assert_eq!(
        mistakes,
        [
            "databse.max_connections (c.toml): is no known key; did you mean database.max_connections?",
            "server.prot (c.toml): is no known key; did you mean server.port?",
            "PRODUCTS__SERVER__MAX_IN_FLIHGT (.env): is no known variable; did you mean PRODUCTS__SERVER__MAX_IN_FLIGHT?",
            "server.hots (--set): is no known key; did you mean server.host?",
            "server (--set): is a section, not a key; give its keys, as in server.KEY",
            "server.port (c.toml): \"70000\" is not a port; write a number from 1 to 65535, or 0 for any free port",
            "database.url (environment variable PRODUCTS__DATABASE__URL_FILE): the file that it names cannot be read: No such file or directory (os error 2); name a readable file that holds the value",
            "health.timeout (environment variable PRODUCTS__HEALTH__TIMEOUT): \"1\" has no unit; write a unit, such as 1s or 1ms",
            "log.level (LOG_LEVEL in .env): \"loud\" has \"loud\" where a level belongs; write a level (off, error, warn, info, debug, trace) or directives such as info,products=debug",
            "log.format (c.toml): is a list; write a single value",
        ]
    );
}

#[test]
fn a_file_that_cannot_be_used_is_one_mistake_among_the_others() {
    let cases = [
        ("none.toml", None, "cannot be read"),
        ("c.json", Some("{}"), "is neither TOML nor YAML"),
        ("c.toml", Some("[server]\nport = \n"), "line 2, column 8"),
        ("c.yaml", Some("server:\n  port: [1\n"), "cannot be parsed"),
        ("c.yaml", Some("just text"), "the top level is no table"),
    ];

    for (name, text, problem) in cases {
        let mut setup = Setup::new()
            .variable("PRODUCTS_CONFIG", name)
            .flag("--port", "x");
        if let Some(text) = text {
            setup = setup.write(name, text);
        }
        let mistakes = setup.mistakes();

        assert_eq!(mistakes.len(), 2, "{mistakes:#?}");
        let start = format!("{name} (environment variable PRODUCTS_CONFIG): ");
        assert!(mistakes[0].starts_with(&start), "{}", mistakes[0]);
        assert!(mistakes[0].contains(problem), "{}", mistakes[0]);
        assert!(mistakes[1].starts_with("server.port (--port): "));
    }
}

#[test]
fn odd_shapes_in_a_file_are_mistakes_of_their_key() {
    let cases = [
        ("server = 5", "server (c.toml): is a section"),
        (
            "server.port.x = 5",
            "server.port.x (c.toml): is no known key",
        ),
        ("server.port = {}", "server.port (c.toml): is a table"),
        (
            "server.port = 8000.0",
            "server.port (c.toml): \"8000.0\" is not a port",
        ),
        (
            "server.port = ''",
            "server.port (c.toml): the value is empty",
        ),
        (
            "server.cors_origins = [['*']]",
            "server.cors_origins (c.toml): is a table",
        ),
        ("cache = {}", "cache (c.toml): is no known key"),
        (
            "server.request_timeout = 30",
            "server.request_timeout (c.toml): \"30\" has no unit",
        ),
        (
            "Server.Port = 5",
            "Server.Port (c.toml): is no known key; did you mean server.port?",
        ),
    ];

    for (text, start) in cases {
        let mistake = Setup::new().file("c.toml", text).mistake();

        assert!(mistake.starts_with(start), "{text}: {mistake}");
    }
    let twice = "server.port: 1\nserver: {port: 2}\n";
    let mistake = Setup::new().file("c.yaml", twice).mistake();
    assert_eq!(
        mistake,
        "server.port (c.yaml): is given twice; remove one of them"
    );
}

#[test]
fn a_mistake_stays_on_its_line() {
    let mistake = Setup::new()
        .variable("PRODUCTS__SERVER\n__HOST", "x")
        .mistake();
    assert!(mistake.starts_with("PRODUCTS__SERVER\\n__HOST (environment): "));

    let mistake = Setup::new()
        .variable("PRODUCTS__LOG__LEVEL", "in\nfo")
        .mistake();
    assert!(mistake.contains("control character"), "{mistake}");
}

#[test]
fn what_resembles_nothing_gets_no_suggestion() {
    let mistake = Setup::new().flag("server.zzzzzzzzzzzz", "1").mistake();

    assert_eq!(
        mistake,
        "server.zzzzzzzzzzzz (--set): is no known key; `products config` lists every key"
    );
    let mistake = Setup::new().flag("prot", "1").mistake();
    assert!(mistake.ends_with("did you mean server.port?"), "{mistake}");
}

#[test]
fn secrets_are_never_printed() {
    let secret = "hunter2";
    let good = Setup::new()
        .variable("DATABASE_URL", "postgres://user:hunter2@host/db")
        .load();
    assert!(good.effective().contains("postgres://user:***@host/db"));
    assert!(!good.effective().contains(secret));
    assert!(!format!("{good:?} {good:#?}").contains(secret));

    let bad = [
        Setup::new().variable("DATABASE_URL", "mysql://user:hunter2@host/db"),
        Setup::new().variable("DATABASE_URL", "postgres://user:hunter2@host:port/db"),
        Setup::new().variable("DATABASE_URL", "postgres://user:hunter2\n@host/db"),
        Setup::new().variable("DATABASE_URL_FILE", "postgres://user:hunter2@host/db"),
        Setup::new().variable("PRODUCTS__DATABASE__ULR", "postgres://user:hunter2@host/db"),
        Setup::new().flag("databse.url", "postgres://user:hunter2@host/db"),
        Setup::new().flag("postgres://user:hunter2@host/db?a", "b"),
        Setup::new().file("c.toml", "database.url = postgres://user:hunter2@host/db"),
        Setup::new().file("c.yaml", "'postgres://user:hunter2@host/db'"),
        Setup::new().file(
            "c.yaml",
            "database: {url: [postgres://user:hunter2@host/db]}",
        ),
        Setup::new().dotenv("DATABASE_URL=postgres://user:hunter2 @host/db"),
    ];
    for setup in bad {
        let mistakes = setup.mistakes().join("\n");

        assert!(!mistakes.contains(secret), "{mistakes}");
    }
}

#[test]
fn the_effective_configuration_names_its_sources_and_can_be_used_again() {
    let setup = Setup::new()
        .file("c.toml", "[server]\ndrain_delay = '1m 30s'\n")
        .dotenv("PRODUCTS__METRICS__DURATION_BUCKETS=0.25,1\n")
        .variable("PRODUCTS__SERVER__MAX_REQUEST_SIZE", "2048")
        .variable("LOG_LEVEL", "debug")
        .flag("server.cors_origins", "http://a.example,http://b.example");
    let effective = setup.load().effective();

    for line in [
        "[server]",
        "host = \"0.0.0.0\"",
        "port = 8000",
        "management_port = \"\"",
        "drain_delay = \"90s\" # c.toml",
        "max_request_size = \"2KiB\" # environment variable PRODUCTS__SERVER__MAX_REQUEST_SIZE",
        "cors_origins = [\"http://a.example\", \"http://b.example\"] # --set",
        "duration_buckets = [0.25, 1.0] # PRODUCTS__METRICS__DURATION_BUCKETS in .env",
        "[health.policy]",
        "level = \"debug\" # environment variable LOG_LEVEL",
    ] {
        assert!(
            effective.lines().any(|l| l == line),
            "{line} in\n{effective}"
        );
    }

    let again = Setup::new()
        .file("again.toml", &effective)
        .load()
        .effective();
    assert_eq!(without_comments(&again), without_comments(&effective));
}

#[test]
fn the_example_file_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../products.example.toml");
    let expected = example_toml();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected).expect("products.example.toml is written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();

    assert_eq!(
        committed, expected,
        "run `UPDATE=1 cargo test -p products --test config` and commit products.example.toml"
    );
}

#[test]
fn the_example_file_uncommented_is_the_default_configuration() {
    let uncommented: String = example_toml()
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let from_example = Setup::new().file("c.toml", &uncommented).load().effective();
    let defaults = Setup::new().load().effective();

    assert_eq!(without_comments(&from_example), defaults);
    let given = from_example.matches("# c.toml").count();
    assert_eq!(
        given,
        markdown_table().lines().count() - 2,
        "every key is in the example"
    );
}

#[test]
fn the_readme_has_the_table_of_keys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("README.md at the root");
    let (_, rest) = readme
        .split_once("<!-- configuration:begin -->\n")
        .expect("the mark <!-- configuration:begin --> in README.md");
    let (table, _) = rest
        .split_once("<!-- configuration:end -->")
        .expect("the mark <!-- configuration:end --> in README.md");

    assert_eq!(table.trim(), markdown_table().trim());
}

#[test]
fn an_assignment_is_split_at_its_first_equals_sign() {
    let pair = |key: &str, value: &str| Ok((key.to_owned(), value.to_owned()));

    assert_eq!(
        parse_assignment("database.url=sqlite://a.db?mode=rwc"),
        pair("database.url", "sqlite://a.db?mode=rwc")
    );
    assert_eq!(
        parse_assignment("server.cors_origins="),
        pair("server.cors_origins", "")
    );
    assert!(parse_assignment("server.port").is_err());
}

fn without_comments(toml: &str) -> String {
    toml.lines()
        .map(|line| format!("{}\n", line.split(" # ").next().unwrap_or(line)))
        .collect()
}
