//! Prometheus' own judgement of what a service exports.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Where `tests/setup/prometheus.sh` puts it.
const UNPACKED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/tools/prometheus/usr/bin/promtool"
);

const MISSING: &str = "promtool is not installed; \
    run tests/setup/prometheus.sh, or put promtool 2.42 or newer on the PATH";

/// Runs `promtool check metrics` on the text of a scrape: its syntax and Prometheus' conventions
/// for names, types and help.
///
/// # Errors
/// All that promtool says, or the command that supplies a missing promtool.
pub fn check_metrics(scrape: &str) -> Result<()> {
    let mut promtool = Command::new(program())
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context(MISSING)?;
    let mut stdin = promtool.stdin.take().context("promtool has an input")?;
    // It reads to the end before it says anything.
    stdin.write_all(scrape.as_bytes())?;
    drop(stdin);
    let output = promtool.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let clean = output.status.success() && said.is_empty();
    ensure!(clean, "promtool check metrics: {}\n{said}", output.status);
    Ok(())
}

fn program() -> &'static str {
    if Path::new(UNPACKED).exists() {
        UNPACKED
    } else {
        "promtool"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promtool_tells_good_metrics_from_bad() {
        let good = "# HELP visits_total Visits.\n# TYPE visits_total counter\nvisits_total 1\n";
        check_metrics(good).expect("promtool agrees");

        for (bad, complaint) in [
            (good.replace("_total", ""), "_total"),
            (good.replace("# HELP visits_total Visits.\n", ""), "help"),
            (format!("{good}visits_total{{ 1\n"), "error"),
        ] {
            let error = check_metrics(&bad).expect_err(complaint).to_string();

            assert!(error.contains(complaint), "{error}");
        }
    }
}
