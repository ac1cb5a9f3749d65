//! Which source a value comes from.

use products::config::parse_assignment;
use secrecy::ExposeSecret;

use crate::setup::Setup;

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
            "\u{feff}PRODUCTS__LOG__LEVEL=\"info,products=debug\"\n\
             # a comment\n\nexport PORT='8001' # mine\n\
             OTHER=with spaces unquoted\nPORTAL=a b\n\
             PRODUCTS_PORT_8000_TCP=tcp://10.0.0.1:8000\n",
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

#[test]
fn a_section_without_keys_says_nothing() {
    for (name, text) in [
        ("c.yaml", "server:\n# port: 1\n"),
        ("c.toml", "[server]\n"),
        ("d.yaml", "# nothing\n"),
    ] {
        let config = Setup::new().file(name, text).load();

        assert_eq!(config.server.port, 8000, "{name}");
    }
}
