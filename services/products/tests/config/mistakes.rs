//! How mistakes are told.

use crate::setup::Setup;

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
            "log.level (LOG_LEVEL in .env): \"loud\" has `loud` where a level belongs; write a level (off, error, warn, info, debug, trace) or directives such as info,products=debug",
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
        ("caches = {}", "caches (c.toml): is no known key"),
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
