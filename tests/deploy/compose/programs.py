"""The programs that compose would run, as far as this machine has them."""

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from binary import binary
from compose.composition import ROOT, resolved


def program(name: str, missing: str, *places: str) -> str:
    """Path of a program: what NAME_BIN says, else the first place that has it, else the PATH."""
    named = os.environ.get(f"{name.upper()}_BIN")
    for place in (
        [named] if named else [str(ROOT / place) for place in places] + [shutil.which(name)]
    ):
        if place and Path(place).is_file():
            return place
    raise AssertionError(f"{name} is missing: {missing}")


def benchmark() -> str:
    """The load test."""
    return program("benchmark", "cargo build --package benchmark", "target/debug/benchmark")


def promtool() -> str:
    """Prometheus's checker."""
    return program(
        "promtool", "tests/setup/prometheus.sh", "target/tools/prometheus/usr/bin/promtool"
    )


def redis_server() -> str:
    """Redis."""
    return program("redis-server", "tests/setup/redis.sh", "target/tools/redis/redis-server")


def effective(folder: Path, environment: dict[str, str]) -> dict:
    """The configuration that the service has in this folder with this environment."""
    output = subprocess.run(
        [binary(), "config"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode == 0, output.stderr
    return tomllib.loads(output.stdout)


def environment(service: dict) -> dict[str, str]:
    """What compose sets for a service, with all variables at their defaults."""
    return {name: resolved(value) for name, value in service.get("environment", {}).items()}


def seconds(duration: str) -> float:
    """A duration such as 45s, 1m or 250ms."""
    for unit, size in (("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)):
        if duration.endswith(unit) and duration.removesuffix(unit).isdigit():
            return int(duration.removesuffix(unit)) * size
    raise AssertionError(f"{duration} is no duration")
