//! `benchmark`: puts load on an HTTP service and says what it did.

use std::process::ExitCode;

fn main() -> ExitCode {
    benchmark::main(std::env::args_os())
}
