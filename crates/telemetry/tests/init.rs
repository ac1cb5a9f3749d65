//! Logging of a whole process, seen from its parent: the test starts itself again.

use std::{env, process::Command};

use serde_json::Value;
use telemetry::{Format, LogError, LogSettings, TraceSettings};

const CHILD: &str = "TELEMETRY_TEST_CHILD";

/// What the child does: logs, panics in a thread, and lives on.
fn child() {
    let settings = LogSettings {
        filter: "off,init=info".to_owned(),
        format: Format::Auto,
    };
    let log = telemetry::init(&settings, &TraceSettings::default()).expect("the first set-up");
    assert!(matches!(
        telemetry::init(&settings, &TraceSettings::default()),
        Err(LogError::Repeated)
    ));
    tracing::info!("Before");
    let task = std::thread::Builder::new().name("worker".to_owned());
    let panicking = task.spawn(|| panic!("out of\ncheese")).expect("a thread");
    assert!(panicking.join().is_err());
    tracing::info!("After");
    drop(log);
}

#[test]
fn init_logs_the_process_and_its_panics() {
    if env::var_os(CHILD).is_some() {
        return child();
    }

    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "init_logs_the_process_and_its_panics"])
        .env(CHILD, "1")
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();

    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
    // The child's own test harness writes to the same place.
    let lines: Vec<Value> = stdout
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let messages: Vec<_> = lines.iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, ["Before", "Panicked", "After"], "{stdout}");
    let panic = &lines[1];
    assert_eq!(panic["level"], "ERROR");
    assert!(
        panic["file"].as_str().unwrap().ends_with("init.rs"),
        "{panic}"
    );
    let exception = panic["exception"].as_str().unwrap();
    assert!(exception.starts_with("out of\ncheese at "), "{exception}");
    assert!(exception.ends_with(" in thread worker"), "{exception}");
}
