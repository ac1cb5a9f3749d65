#!/usr/bin/env bash
# The tests' Python programs and libraries, from PyPI into a virtual environment under target/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source apt.sh

venv=../../target/venv
wanted=requirements.txt

# The list is copied into the environment last, so an interrupted installation is seen as one.
if cmp --silent "$wanted" "$venv/$wanted"; then
    exit 0
fi

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    install_packages "Python's virtual environments, for validators and pytest" python3-venv
fi
echo "setup: installing $(grep -v '^#' $wanted | paste -sd ' ') from PyPI into target/venv"
python3 -m venv --clear "$venv"
"$venv/bin/pip" --quiet --disable-pip-version-check install --requirement "$wanted"
cp "$wanted" "$venv/$wanted"
