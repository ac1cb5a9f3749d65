"""Real helms: of each major version the one on the PATH, else what tests/setup/helm.sh brought."""

import functools
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
CHART = REPOSITORY / "charts/products"

MAJORS = (3, 4)


class Refused(Exception):
    """What helm said when it would not render."""


@dataclass(frozen=True)
class Helm:
    """One helm."""

    program: str
    major: int

    def run(self, *arguments: str) -> str:
        """What a command prints on standard output; raises Refused with the rest where it fails."""
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise Refused(done.stderr + done.stdout)
        return done.stdout

    def render(self, *arguments: str, chart: Path = CHART) -> str:
        """The text of a release `shop` in the namespace `store`."""
        return self.run("template", "shop", chart, "--namespace", "store", *arguments)

    def documents(self, *arguments: str, chart: Path = CHART) -> list[dict]:
        """The same as objects."""
        return parse(self.render(*arguments, chart=chart))

    def notes(self, *arguments: str) -> str:
        """What is said after an installation; needs helm 4, which asks no cluster for that."""
        text = self.run(
            "install", "shop", CHART, "--namespace", "store", "--dry-run=client", *arguments
        )
        return text.partition("NOTES:\n")[2]


def parse(text: str) -> list[dict]:
    """The objects in a render."""
    return [document for document in yaml.safe_load_all(text) if document]


@functools.cache
def programs() -> tuple[Helm, ...]:
    """One helm of each major version, the newest last."""
    return tuple(_program(major) for major in MAJORS)


def _program(major: int) -> Helm:
    for program in (shutil.which("helm"), REPOSITORY / f"target/tools/helm{major}/helm"):
        if program and Path(program).exists() and _major(program) == major:
            return Helm(str(program), major)
    raise FileNotFoundError(f"helm {major} is missing; tests/setup/helm.sh brings it")


def _major(program: str | Path) -> int:
    command = [program, "version", "--template", "{{.Version}}"]
    version = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return int(re.match(r"v(\d+)\.", version).group(1))
