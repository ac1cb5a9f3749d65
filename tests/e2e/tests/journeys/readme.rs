//! The README's session with `curl`, run as it is printed.

use std::net::SocketAddr;
use std::process::Command;

use e2e::{Service, Store};

/// Where the README says that the service is.
const PRINTED: &str = "localhost:8000";

/// Headers whose values are new each time.
const FRESH: [&str; 3] = ["x-correlation-id:", "x-process-time:", "date:"];

/// A command and the output printed below it.
#[derive(Debug)]
struct Step {
    command: String,
    output: String,
}

/// The steps in the `console` blocks that use `curl`: `$ ` begins a command, `> ` continues it.
fn steps(readme: &str) -> Vec<Step> {
    let blocks = readme
        .split("```console\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let mut steps: Vec<Step> = Vec::new();
    for line in blocks
        .filter(|block| block.contains("$ curl"))
        .flat_map(str::lines)
    {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                output: String::new(),
            });
        } else if let Some(step) = steps.last_mut() {
            let continued = line.strip_prefix("> ").filter(|_| step.output.is_empty());
            let (text, line) = match continued {
                Some(line) => (&mut step.command, line),
                None => (&mut step.output, line),
            };
            text.push('\n');
            text.push_str(line);
        }
    }
    steps
}

fn run(command: &str, address: SocketAddr) -> String {
    let command = command.replace(PRINTED, &address.to_string());
    let output = Command::new("bash")
        .args(["-c", &command])
        .env("no_proxy", "*")
        .output();
    let output = output.expect("bash runs");
    String::from_utf8_lossy(&output.stdout).replace(&address.to_string(), PRINTED)
}

/// The text with what is new each time masked, so that two runs can be compared.
fn comparable(output: &str) -> Vec<String> {
    let lines = output.lines().map(|line| {
        let line = line.trim_end();
        let lower = line.to_lowercase();
        match FRESH.iter().find(|header| lower.starts_with(**header)) {
            Some(header) => (*header).to_owned(),
            None => without_times(line),
        }
    });
    lines.filter(|line| !line.is_empty()).collect()
}

/// The line with its quoted times and correlation ids replaced.
fn without_times(line: &str) -> String {
    let words = line.split('"').map(|word| {
        let is_time = word.len() >= 20 && word.starts_with("20") && word.ends_with('Z');
        let is_id = word.len() == 36 && word.matches('-').count() == 4;
        if is_time || is_id { "…" } else { word }
    });
    words.collect::<Vec<_>>().join("\"")
}

#[tokio::test]
async fn the_readmes_session_works_as_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("README.md is there");
    let steps = steps(&readme);
    let service = Service::start(&Store::Sqlite).await;

    for step in &steps {
        let output = run(&step.command, service.address());

        assert_eq!(
            comparable(&output),
            comparable(&step.output),
            "$ {}",
            step.command
        );
    }
    assert!(
        steps.len() >= 5,
        "a session of {} commands: {steps:#?}",
        steps.len()
    );
}

#[test]
fn continued_commands_and_their_output_are_told_apart() {
    let readme = "```console\n$ curl -d '\n> {}'\n{\"id\":1}\n> quoted\n```\n";

    let steps = steps(readme);

    assert_eq!(steps[0].command, "curl -d '\n{}'");
    assert_eq!(steps[0].output, "\n{\"id\":1}\n> quoted");
}
