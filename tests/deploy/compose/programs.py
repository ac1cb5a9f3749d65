"""The programs that compose would run, as far as this machine has them."""

import os
import shutil
import socket
import subprocess
import time
import tomllib
from pathlib import Path

from binary import binary
from compose.composition import ROOT, resolved

DEADLINE_SECONDS = 20


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


def caddy() -> str:
    """The proxy."""
    return program("caddy", "tests/setup/caddy.sh", "target/tools/caddy/usr/bin/caddy")


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


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_listening(port: int) -> None:
    """Waits until somebody listens on a port, under a deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port} after {DEADLINE_SECONDS} s")
