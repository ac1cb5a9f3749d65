#!/usr/bin/env bash
# A Redis server for tests/servers, which starts it as it needs; nothing is left running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh
source version.sh

oldest=7.0
tools=../../target/tools/redis

for program in "$tools/redis-server" redis-server; do
    if is_recent "$program" v= $oldest && command -v redis-cli >/dev/null; then
        exit 0
    fi
done

# Debian's package redis-server adds to redis-tools a system service, for which the tests have no
# use, and the server's name: server and checkers are one program that goes by how it is called.
if ! command -v redis-check-rdb >/dev/null || ! command -v redis-cli >/dev/null; then
    install_packages "Redis for the tests" redis-tools
fi
mkdir -p "$tools"
ln -sf "$(command -v redis-check-rdb)" "$tools/redis-server"

if ! is_recent "$tools/redis-server" v= $oldest; then
    echo "setup: this system's Redis is older than $oldest; put one on the PATH: https://redis.io/docs/latest/operate/oss_and_stack/install/" >&2
    exit 1
fi
