//! What is printed: effective values, example file, documentation; and what never is.

use products::config::{example_toml, markdown_table};

use crate::setup::Setup;

#[test]
fn secrets_are_never_printed() {
    let secret = "hunter2";
    let good = Setup::new()
        .variable("DATABASE_URL", "postgres://user:hunter2@host/db")
        .load();
    assert!(good.effective().contains("postgres://user:***@host/db"));
    assert!(!good.effective().contains(secret));
    assert!(!format!("{good:?} {good:#?}").contains(secret));
    let exporting = Setup::new()
        .variable(
            "PRODUCTS__TRACING__OTLP_ENDPOINT",
            "https://user:hunter2@host:4317",
        )
        .load();
    let line = "otlp_endpoint = \"https://***@host:4317\"";
    assert!(exporting.effective().contains(line));
    assert!(!format!("{} {exporting:#?}", exporting.effective()).contains(secret));

    let cut = format!("postgres://user:hunter2{}@host/db", "x".repeat(60));
    let bad = [
        Setup::new().variable("DATABASE_URL", "mysql://user:hunter2@host/db"),
        Setup::new().variable("DATABASE_URL", "postgres://user:hunter2@host:port/db"),
        Setup::new().variable("DATABASE_URL", "postgres://user:hunter2\n@host/db"),
        Setup::new().flag("tracing.otlp_endpoint", "https://user:hunter2@host:port"),
        Setup::new().flag("tracing.otlp_endpoint", "hunter2@host"),
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
        Setup::new().variable("PRODUCTS__SERVER__PORT", "postgres://user:hunter2@host/db"),
        Setup::new().variable("PRODUCTS__SERVER__PORT", "postgres://user:hunter2 @host/db"),
        Setup::new().variable(
            "PRODUCTS__SERVER__PORT",
            "postgres://user:hunter2\n@host/db",
        ),
        Setup::new().variable("PRODUCTS__SERVER__PORT", &cut),
        Setup::new().variable("LOG_LEVEL", "info,password=hunter2"),
        Setup::new().flag("server.cors_origins", "postgres://user:hunter2,3@host/db"),
        Setup::new().flag("server.port", "a%3A%2F%2Fuser%3Ahunter2%40host"),
        Setup::new().variable(
            "PRODUCTS__SERVER__PORT_FILE",
            "postgres://user:hunter2@host/db",
        ),
        Setup::new().variable("PRODUCTS_CONFIG", "postgres://user:hunter2@host/db"),
    ];
    for setup in bad {
        let mistakes = setup.mistakes().join("\n");

        assert!(!mistakes.contains(secret), "{mistakes}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_named_without_it() {
    let setup = Setup::new().variable("PRODUCTS__SERVER__PORT", "postgres://u:hunter2@host/db");

    let mistakes = setup.mistakes().join("\n");

    assert!(
        mistakes.contains("\"postgres://***REDACTED***@host/db\" is not a port"),
        "{mistakes}"
    );
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
    const BEGIN: &str = "<!-- configuration:begin -->\n";
    const END: &str = "<!-- configuration:end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("README.md at the root");
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the table's begin in README.md");
    let (table, after) = rest.split_once(END).expect("the table's end in README.md");
    let current = markdown_table();

    if std::env::var_os("UPDATE").is_some() {
        let readme = format!("{before}{BEGIN}{}\n{END}{after}", current.trim_end());
        std::fs::write(path, readme).expect("README.md can be written");
        return;
    }
    assert_eq!(
        table.trim(),
        current.trim(),
        "UPDATE=1 cargo test -p products --test config"
    );
}

fn without_comments(toml: &str) -> String {
    toml.lines()
        .map(|line| format!("{}\n", line.split(" # ").next().unwrap_or(line)))
        .collect()
}
