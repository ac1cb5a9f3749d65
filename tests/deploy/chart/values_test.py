"""Every value is described once, in values.yaml, and the README repeats it."""

import os
import re

import pytest
import yaml

from chart import values
from helm import CHART, programs

_README = CHART / "README.md"
_TABLE = re.compile(r"(?<=<!-- values:begin -->\n).*?(?=\n<!-- values:end -->)", re.DOTALL)


def every_value_has_a_comment():
    assert values.undocumented() == []


def the_table_in_the_readme_is_that_of_the_values():
    readme = _README.read_text()
    if os.environ.get("UPDATE"):
        readme = _TABLE.sub(lambda _: values.table(), readme)
        _README.write_text(readme)

    assert _TABLE.search(readme)[0] == values.table(), "write it anew with UPDATE=1"


def the_readme_can_be_read_in_one_go():
    assert len(_README.read_text().splitlines()) <= 200


@pytest.mark.parametrize("name", ["README.md", "values-production.yaml", "values-dev.yaml"])
def every_key_that_a_text_sets_is_a_value(name):
    known = {row.key for row in values.rows()}
    text = (CHART / name).read_text()
    sets = ",".join(re.findall(r"--set (\S+)", text))
    named = re.findall(r"([a-zA-Z_.]+)=", sets)
    if name == "README.md":
        named += re.findall(r"`((?:[a-z][a-zA-Z]+\.)+[a-zA-Z_.]+)(?:=[^`]*)?`", text)

    foreign = [key for key in named if not _is_known(key, known)]
    assert foreign == []


def every_flag_in_the_readme_is_one_of_helm():
    """Of either version; `--from-literal` is kubectl's."""
    flags = set(re.findall(r"(?<![-\w])--[a-z][-a-z]+", _README.read_text())) - {"--from-literal"}
    commands = ("install", "upgrade", "rollback", "template")
    known = " ".join(helm.run(command, "--help") for helm in programs() for command in commands)

    assert sorted(flag for flag in flags if not re.search(rf"{flag}\b(?!-)", known)) == []


def _is_known(key: str, known: set[str]) -> bool:
    """Whether it is a value, lies in one, or is a file of the repository."""
    inside = any(key.startswith(f"{each}.") for each in known if not each.startswith("config"))
    return key in known or inside or key.startswith("config.") or key.endswith(".yaml")


def the_chart_has_the_version_of_the_service():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    cargo = (CHART / "../../Cargo.toml").read_text()

    assert chart["appVersion"] == re.search(r'^version = "(.+)"$', cargo, re.MULTILINE)[1]
