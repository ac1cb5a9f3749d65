//! The `benchmark` binary, which inherits the processor of the thread that starts it.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;
use benchmark::results::{EndpointResult, Results};
use tempfile::TempDir;

use super::{TURN, USERS, request::Request};

/// Where the report is written, below the working directory.
const REPORT: &str = "target/bench/report.html";

/// The levels of the report, from what saturates one processor upwards.
const LEVELS: &str = "16,64,256";

/// Seconds that each level of the report takes.
const LEVEL_SECONDS: &str = "10";

/// The binary that was built to be measured with.
#[derive(Debug)]
pub(super) struct Program(PathBuf);

impl Program {
    /// The binary that BENCHMARK_BIN names.
    ///
    /// # Errors
    /// When it names none.
    pub(super) fn named() -> Result<Self> {
        let path = crate::named("BENCHMARK_BIN", "the benchmark tool")?;
        Ok(Self(path))
    }

    /// Sends one request again and again for a turn.
    ///
    /// # Panics
    /// When one fails, with the status codes of all.
    pub(super) fn measure(&self, address: SocketAddr, request: Request) -> EndpointResult {
        let folder = TempDir::new().expect("a temporary directory can be made");
        let file = folder.path().join("results.json");
        let mut command = self.load_test(address, &file);
        command.args(["--endpoints", request.path(), "--quiet"]);
        command.args(["--users", &USERS.to_string()]);
        command.args(["--duration", &TURN.as_secs_f64().to_string()]);
        if let Some(payload) = request.payload() {
            command.args(["--payload", &payload]);
        }
        let output = command.output();
        let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let text = fs::read_to_string(&file).unwrap_or_else(|_| {
            let said = String::from_utf8_lossy(&output.stderr);
            panic!("{command:?} wrote no results: {said}")
        });
        only(serde_json::from_str(&text).expect("results are read as they were written"))
    }

    /// Asks for all that can be read at several levels of users, says what came of it and writes
    /// it as a page.
    ///
    /// # Panics
    /// When the page cannot be written or a request fails.
    pub(super) fn report(&self, address: SocketAddr) {
        let page = Path::new(REPORT);
        let folder = page.parent().expect("the page is in a folder");
        fs::create_dir_all(folder).expect("the build's own folder takes another");
        let mut command = self.load_test(address, page);
        command
            .arg("--endpoints")
            .args(Request::reading().map(Request::path));
        command.args(["--users", LEVELS, "--duration", LEVEL_SECONDS]);
        command.args(["--metrics-url", &format!("http://{address}/metrics")]);
        command.args(["--threshold", "error_rate<=0%"]);
        let status = command.status();
        let status = status.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(status.success(), "{command:?}: {status}");
        println!("report: {REPORT}");
    }

    fn load_test(&self, address: SocketAddr, output: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command.args(["load-test", "--base-url", &format!("http://{address}")]);
        command.arg("--output").arg(output).stdin(Stdio::null());
        command
    }
}

/// The only result there is, of a run in which nothing failed.
#[track_caller]
fn only(results: Results) -> EndpointResult {
    let [result] = <[_; 1]>::try_from(results.results).expect("one endpoint gives one result");
    let EndpointResult {
        method,
        endpoint,
        total_requests,
        failed_requests,
        status_codes,
        errors,
        ..
    } = &result;
    assert!(
        *total_requests > 0 && *failed_requests == 0,
        "{method} {endpoint}: {failed_requests} of {total_requests} requests failed: status codes \
         {status_codes:?}, errors {errors:?}"
    );
    result
}

#[cfg(test)]
mod tests {
    use benchmark::results::Results;
    use serde_json::json;

    use super::only;

    fn results(total: u64, failed: u64) -> Results {
        let times = ["avg", "min", "max", "p50", "p90", "p95", "p99", "p999"];
        let mut result = json!({
            "endpoint": "/products", "method": "POST", "users": 16,
            "total_requests": total, "successful_requests": total - failed,
            "failed_requests": failed, "std_deviation": 0.0, "requests_per_second": 9.0,
            "error_rate": 0.0, "status_codes": { "503": failed }, "errors": { "status": failed },
            "total_duration": 1.0, "distribution": [], "intervals": [],
        });
        for time in times {
            result[format!("{time}_response_time")] = json!(0.001);
        }
        let config = json!({
            "command": "load-test", "base_url": "http://localhost", "endpoints": ["/products"],
            "weights": [1.0], "method": "POST", "headers": {}, "payload_bytes": 2,
            "model": "closed", "users": [16], "duration": 1.0, "ramp_up": 0.0, "timeout": 10.0,
            "thresholds": [],
        });
        let file = json!({
            "timestamp": "2026-01-31T12:00:00Z", "config": config, "results": [result],
            "levels": [], "server": {}, "interrupted": false,
        });
        serde_json::from_value(file).unwrap()
    }

    #[test]
    fn a_run_without_failures_gives_its_only_result() {
        assert_eq!(only(results(9, 0)).requests_per_second, 9.0);
    }

    #[test]
    #[should_panic(expected = r#"POST /products: 2 of 9 requests failed: status codes {"503": 2}"#)]
    fn a_failed_request_is_told_with_its_status_codes() {
        only(results(9, 2));
    }

    #[test]
    #[should_panic(expected = "0 of 0 requests")]
    fn a_run_in_which_nothing_was_answered_measured_nothing() {
        only(results(0, 0));
    }
}
