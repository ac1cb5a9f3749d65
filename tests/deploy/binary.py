"""The service as `cargo build --package products` leaves it; PRODUCTS_BIN names another one."""

import os
import subprocess
import tomllib
from pathlib import Path

from helm import REPOSITORY


def binary() -> Path:
    """Its path."""
    path = Path(os.environ.get("PRODUCTS_BIN", REPOSITORY / "target/debug/products"))
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; cargo build --package products makes it")
    return path


def configuration(*arguments: str) -> dict:
    """What `products config` prints, without the environment of whoever runs the tests."""
    command = [binary(), "config", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={}, cwd="/")
    assert done.returncode == 0, done.stderr
    return tomllib.loads(done.stdout)


def keys(sections: dict, prefix: str = "") -> dict[str, object]:
    """Each dotted key with its value."""
    found = {}
    for name, value in sections.items():
        found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found
