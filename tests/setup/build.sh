#!/usr/bin/env bash
# What the build needs, a Rust toolchain, a C compiler for the SQLite and jemalloc that are built
# in, and make for the latter; and curl, with which the README's session is tested.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh

# Distributions' own toolchains are older than the `rust-version` in Cargo.toml asks for.
for program in cargo rustfmt cargo-clippy; do
    if ! command -v "$program" >/dev/null; then
        echo "setup: missing: $program; install a stable Rust toolchain from https://rustup.rs" >&2
        exit 1
    fi
done

if ! command -v cc >/dev/null; then
    install_packages "C compiler for what is built in: SQLite, jemalloc, TLS" gcc libc6-dev
fi

if ! command -v make >/dev/null; then
    install_packages "make for jemalloc" make
fi

if ! command -v curl >/dev/null; then
    install_packages "curl for the README's session" curl
fi
