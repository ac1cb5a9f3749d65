//! Users beyond the limit of open descriptors.

use tokio::process::Command;

use crate::app::Instance;

/// Runs with as many users as there are descriptors, twice; returns the status and what was said.
async fn with_limit(limit: &str) -> (Option<i32>, String) {
    let instance = Instance::start().await;
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit {limit} 64 && exec \"$@\""), "sh"])
        .arg(env!("CARGO_BIN_EXE_benchmark"))
        .args(["load-test", "--endpoints", "/things", "--users", "128"])
        .args(["--duration", "0.5", "--threshold", "error_rate<=0%"])
        .args(["--base-url", &instance.base_url])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

#[tokio::test]
async fn a_soft_limit_is_raised() {
    let (status, said) = with_limit("-Sn").await;

    assert_eq!(status, Some(0), "{said}");
}

#[tokio::test]
async fn a_hard_limit_is_said_before_the_run() {
    let (status, said) = with_limit("-n").await;

    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("the hard limit is 64"), "{said}");
}
