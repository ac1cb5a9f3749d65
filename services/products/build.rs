//! Tells the program which compiler and which revision it was built from.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let revision = std::env::var("PRODUCTS_REVISION")
        .ok()
        .or_else(|| output("git", &["rev-parse", "--short=12", "HEAD"]));
    println!(
        "cargo::rustc-env=BUILD_RUSTC={}",
        output(&rustc, &["--version"]).unwrap_or_default()
    );
    println!(
        "cargo::rustc-env=BUILD_REVISION={}",
        revision.unwrap_or_else(|| "unknown".to_owned())
    );
    println!("cargo::rerun-if-env-changed=PRODUCTS_REVISION");
    println!("cargo::rerun-if-changed=build.rs");
    // Grows with every commit and checkout; a folder that is no checkout has none.
    let log = "../../.git/logs/HEAD";
    if std::path::Path::new(log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
