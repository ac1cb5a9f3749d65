//! Files of tokens that keys name.

use crate::setup::Setup;

const VARIABLE: &str = "PRODUCTS__AUTH__MANAGEMENT_TOKEN_FILE";

#[test]
fn the_file_is_found_from_the_working_directory_whoever_names_it() {
    let tokens = || Setup::new().write("tokens", "ada:s3cret\n");
    let given = [
        tokens().flag("auth.management_token_file", "tokens"),
        tokens().variable(VARIABLE, "tokens"),
        tokens().dotenv(&format!("{VARIABLE}=tokens")),
        tokens().file("c.toml", "auth.management_token_file = 'tokens'"),
    ];

    for setup in given {
        let config = setup.load();

        let tokens = config.auth.management_tokens.as_ref().expect("tokens");
        assert_eq!(tokens.holder("s3cret"), Some("ada"));
        assert!(!format!("{config:?}{}", config.effective()).contains("s3cret"));
        assert!(
            config
                .effective()
                .contains("management_token_file = \"tokens\"")
        );
    }
}

#[test]
fn without_a_file_there_are_no_tokens() {
    for setup in [Setup::new(), Setup::new().variable(VARIABLE, "")] {
        assert!(setup.load().auth.management_tokens.is_none());
    }
}

#[test]
fn every_mistake_in_the_file_is_told_among_the_others() {
    let mistakes = Setup::new()
        .write("tokens", "ada:hunter2\nhunter2\nada:other\n")
        .flag("auth.management_token_file", "tokens")
        .flag("server.port", "x")
        .mistakes();

    assert_eq!(
        mistakes,
        [
            "server.port (--set): \"x\" is not a port; write a number from 1 to 65535, or 0 for any free port",
            "auth.management_token_file (--set): of the file that it names, line 2 is not NAME:TOKEN; write a token a line, NAME:TOKEN or NAME:sha256:HEX",
            "auth.management_token_file (--set): of the file that it names, line 3 has the name of line 1; write a token a line, NAME:TOKEN or NAME:sha256:HEX",
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_mistake_that_does_not_show_its_name() {
    for setup in [
        Setup::new().flag("auth.management_token_file", "ada:hunter2"),
        Setup::new().flag("auth.management_token_file", "hunter2\n"),
        Setup::new().flag("auth.management_token_file", "."),
    ] {
        let mistake = setup.mistake();

        let start = "auth.management_token_file (--set): the ";
        assert!(mistake.starts_with(start), "{mistake}");
        assert!(!mistake.contains("hunter2"), "{mistake}");
    }
}

#[test]
fn the_key_is_the_name_of_a_file_already() {
    let twin = format!("{VARIABLE}_FILE");
    let mistake = Setup::new().variable(&twin, "tokens").mistake();

    assert!(
        mistake.starts_with(&format!("{twin} (environment): is no known variable")),
        "{mistake}"
    );
}
