"""values.yaml as a table: each key with its default and the comment above it."""

import json
import re
from dataclasses import dataclass

import yaml

from helm import CHART


@dataclass(frozen=True)
class Row:
    """A key of values.yaml with a comment."""

    key: str
    default: object
    meaning: str
    is_section: bool

    def __str__(self) -> str:
        default = "" if self.is_section else f"`{_flow(self.default)}`"
        meaning = self.meaning.replace("|", "\\|")
        return f"| `{self.key}` | {default} | {meaning} |"


def table() -> str:
    """The table in the README."""
    return "\n".join(["| key | default | meaning |", "| --- | --- | --- |", *map(str, rows())])


def rows() -> list[Row]:
    """Every key that has a comment, in order."""
    text = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(text)
    commented = _commented(text)
    return [
        Row(key, _at(values, key), comment, any(other.startswith(f"{key}.") for other in commented))
        for key, comment in commented.items()
    ]


def undocumented() -> list[str]:
    """Keys with a value of their own and no comment, neither on them nor on a key that holds them."""
    commented = {row.key for row in rows() if not row.is_section}
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    return [key for key in _leaves(values) if not any(f"{key}.".startswith(f"{each}.") for each in commented)]


def _commented(text: str) -> dict[str, str]:
    found, path, comment = {}, [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if match := re.match(r"\s*# (.*)", line):
            comment = match[1]
        elif match := re.match(r"\s*([A-Za-z_]+):", line):
            path = [*path[: indent // 2], match[1]]
            if comment:
                found[".".join(path)] = comment
            comment = None
    return found


def _at(values: dict, key: str) -> object:
    for step in key.split("."):
        values = values[step]
    return values


def _leaves(values: dict, prefix: str = "") -> list[str]:
    found = []
    for key, value in values.items():
        nested = isinstance(value, dict) and value
        found += _leaves(value, f"{prefix}{key}.") if nested else [f"{prefix}{key}"]
    return found


def _flow(value: object) -> str:
    """A value on one line, as YAML that people write."""
    if isinstance(value, dict) and value:
        return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list) and value:
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, str) and value and yaml.safe_load(value) == value:
        return value
    return json.dumps(value)
