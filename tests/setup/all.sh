#!/usr/bin/env bash
# Brings all that the tests need and this machine lacks: Debian packages through apt, the rest
# into target/. Quick and silent when nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for part in build postgresql redis prometheus caddy python helm; do
    "./$part.sh"
done
