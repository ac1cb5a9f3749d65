//! What the program says of itself.

use std::{env, fs, process::Command};

#[test]
fn the_help_is_the_one_that_is_committed() {
    let mut help = String::new();
    for command in ["", "load-test", "profile", "crud", "compare"] {
        let output = Command::new(env!("CARGO_BIN_EXE_benchmark"))
            .args(command.split_whitespace().chain(["--help"]))
            .output()
            .unwrap();
        help.push_str(&format!("$ benchmark {command} --help\n"));
        help.push_str(&String::from_utf8(output.stdout).unwrap());
        help.push('\n');
    }
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/help.txt");
    if env::var_os("UPDATE").is_some() {
        fs::write(committed, &help).unwrap();
    }

    let expected = fs::read_to_string(committed).unwrap_or_default();
    assert_eq!(
        help, expected,
        "UPDATE=1 cargo test -p benchmark help writes it anew"
    );
}
