#!/usr/bin/env bash
# promtool, which checks what the service exports. Debian's package would start a server, so it is
# only unpacked, into target/tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh

oldest=2.42
tools=../../target/tools/prometheus

# is_recent PROGRAM : whether it is a promtool of the oldest version that will do, or a later one.
is_recent() {
    local version
    version=$("$1" --version 2>&1) || return 1
    [[ $version =~ version\ ([0-9]+\.[0-9]+) ]] || return 1
    printf '%s\n' "$oldest" "${BASH_REMATCH[1]}" | sort --check=quiet --version-sort
}

for program in "$tools/usr/bin/promtool" promtool; do
    if is_recent "$program"; then
        exit 0
    fi
done

unpack_package "promtool for checking metrics and rules" prometheus "$tools"
if ! is_recent "$tools/usr/bin/promtool"; then
    echo "setup: this system's promtool is older than $oldest; put one on the PATH: https://prometheus.io/download/" >&2
    exit 1
fi
