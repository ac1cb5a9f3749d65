#!/usr/bin/env bash
# promtool, which checks what the service exports. Debian's package would start a server, so it is
# only unpacked, into target/tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh
source version.sh

oldest=2.42
tools=../../target/tools/prometheus

for program in "$tools/usr/bin/promtool" promtool; do
    if is_recent "$program" "version " $oldest; then
        exit 0
    fi
done

unpack_package "promtool for checking metrics and rules" prometheus "$tools"
if ! is_recent "$tools/usr/bin/promtool" "version " $oldest; then
    echo "setup: this system's promtool is older than $oldest; put one on the PATH: https://prometheus.io/download/" >&2
    exit 1
fi
