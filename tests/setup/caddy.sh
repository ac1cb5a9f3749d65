#!/usr/bin/env bash
# Caddy, which compose has in front of the service. Debian's package would start a server, so it is
# only unpacked, into target/tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh

tools=../../target/tools/caddy

# is_caddy PROGRAM
is_caddy() {
    [[ $("$1" version 2>/dev/null) =~ ^v?2\. ]]
}

if is_caddy "$tools/usr/bin/caddy" || is_caddy caddy; then
    exit 0
fi

unpack_package "Caddy for testing what it passes on" caddy "$tools"
if ! is_caddy "$tools/usr/bin/caddy"; then
    echo "setup: this system's Caddy does not run; put one on the PATH: https://caddyserver.com/docs/install" >&2
    exit 1
fi
