//! Logging of a whole process, seen from its parent: the test starts itself again.

use std::{env, process::Command};

use poem::{Endpoint, Request};
use serde_json::Value;
use telemetry::{
    Format, LogError, LogSettings, Metrics, MetricsSettings, TelemetryGuard, TraceSettings,
};

const CHILD: &str = "TELEMETRY_TEST_CHILD";

/// What the child does: logs, panics in a thread, and lives on.
fn child() {
    let settings = LogSettings {
        filter: "off,init=info,dependency=warn".to_owned(),
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
    let within = std::thread::spawn(|| bytes::Bytes::new().slice(1..2));
    assert!(within.join().is_err());
    tracing_log::log::info!(target: "dependency::part", "Not wanted");
    tracing_log::log::warn!(target: "dependency::part", "From a \"dependency\"");
    tracing::info!(panics = panics(&log), "After");
    drop(log);
}

/// `panics_total` of a scrape.
fn panics(log: &TelemetryGuard) -> String {
    let metrics = Metrics::new(&MetricsSettings::default()).expect("metrics");
    metrics.log(log).expect("a log");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let response = runtime.block_on(metrics.endpoint().get_response(Request::default()));
    let text = runtime.block_on(response.into_body().into_string());
    let text = text.expect("a text");
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("panics_total "));
    count.unwrap_or("none").to_owned()
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
    let said = [
        "Before",
        "Panicked",
        "Panicked",
        "From a \"dependency\"",
        "After",
    ];
    assert_eq!(messages, said, "{stdout}");
    let panic = &lines[1];
    assert_eq!(panic["level"], "ERROR");
    assert!(
        panic["file"].as_str().unwrap().ends_with("init.rs"),
        "{panic}"
    );
    let exception = panic["exception"].as_str().unwrap();
    assert!(exception.starts_with("out of\ncheese at "), "{exception}");
    assert!(exception.ends_with(" in thread worker"), "{exception}");
    let within = &lines[2];
    let file = within["file"].as_str().unwrap();
    assert!(file.starts_with("bytes-"), "{within}");
    let exception = within["exception"].as_str().unwrap();
    assert!(exception.contains(&format!(" at {file}:")), "{exception}");
    assert!(!exception.contains("/registry/"), "{exception}");
    let record = lines[3].as_object().unwrap();
    assert_eq!(record["level"], "WARN");
    assert_eq!(record["logger"], "dependency::part");
    assert_eq!(record["module"], "init");
    assert!(record["file"].as_str().unwrap().ends_with("init.rs"));
    assert!(record["line"].is_u64());
    assert!(
        !record.keys().any(|key| key.starts_with("log.")),
        "{record:?}"
    );
    assert_eq!(lines[4]["panics"], "2");
}
