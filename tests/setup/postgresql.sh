#!/usr/bin/env bash
# A PostgreSQL server for tests/servers, which starts it as it needs; nothing is left running.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh

oldest=15

# has_server DIRECTORY
has_server() {
    local version
    version=$("$1/postgres" --version 2>/dev/null) || return 1
    [[ $version =~ \)\ ([0-9]+) && ${BASH_REMATCH[1]} -ge $oldest ]] &&
        [[ -x $1/initdb && -x $1/psql ]]
}

for directory in /usr/lib/postgresql/*/bin "$(dirname "$(command -v postgres || true)")"; do
    if has_server "$directory"; then
        exit 0
    fi
done

# The package starts a cluster when it is first installed; the tests have no use for it.
drop_in=/etc/postgresql-common/createcluster.d/none-for-tests.conf
as_root=()
[[ $(id -u) == 0 ]] || as_root=(sudo)
if command -v apt-get >/dev/null && "${as_root[@]}" mkdir -p "$(dirname $drop_in)" 2>/dev/null; then
    echo "create_main_cluster = false" | "${as_root[@]}" tee "$drop_in" >/dev/null
    trap '"${as_root[@]}" rm -f "$drop_in"' EXIT
fi
install_packages "PostgreSQL for the tests" postgresql

for directory in /usr/lib/postgresql/*/bin; do
    if has_server "$directory"; then
        exit 0
    fi
done
echo "setup: this system's PostgreSQL is older than $oldest; see https://www.postgresql.org/download/" >&2
exit 1
