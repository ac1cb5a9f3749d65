"""Reads a Dockerfile, and says what is wrong with it."""

import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from helm import REPOSITORY as ROOT

LABELS = {"title", "description", "licenses", "version", "revision", "created", "base.name"}
USER = "65532:65532"
# Codename of a Debian release, as the image rust has it, and the number that distroless has.
DEBIAN = {"bookworm": "12", "trixie": "13", "forky": "14"}


@dataclass
class Stage:
    """What stands between one FROM and the next."""

    image: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def values(self, keyword: str) -> list[str]:
        """The arguments of every such instruction."""
        return [value for word, value in self.instructions if word == keyword]


def parse(text: str) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage, and the stages."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        keyword, _, value = line.partition(" ")
        if keyword == "FROM":
            image, _, name = value.partition(" AS ")
            stages.append(Stage(image, name))
        elif stages:
            stages[-1].instructions.append((keyword, value))
        else:
            name, _, default = value.partition("=")
            arguments[name] = default
    return arguments, stages


def hadolint(text: str) -> list[str]:
    """What hadolint says."""
    program = Path(sys.executable).parent / "hadolint"
    output = subprocess.run(
        [program, "--no-color", "-"], input=text, capture_output=True, text=True, check=False
    )
    complaints = (output.stdout + output.stderr).splitlines()
    return complaints or (
        [] if output.returncode == 0 else [f"hadolint ended with {output.returncode}"]
    )


def problems(text: str) -> list[str]:
    """Everything that is wrong with a Dockerfile of this service."""
    arguments, stages = parse(text)
    return (
        hadolint(text)
        + bases(arguments, stages)
        + builds(stages)
        + runtimes(stages)
        + labels(stages[-1])
    )


def bases(arguments: dict[str, str], stages: list[Stage]) -> list[str]:
    """Base images can be replaced by arguments and fit each other and the workspace."""
    found = []
    names = {stage.name for stage in stages}
    for stage in stages:
        if stage.image not in names and not re.fullmatch(r"\$\{\w+_IMAGE\}", stage.image):
            found.append(f"{stage.name}: {stage.image} cannot be replaced by a mirror's")
    rust = re.fullmatch(r"docker\.io/library/rust:([\d.]+)-(\w+)", arguments.get("RUST_IMAGE", ""))
    runtime = re.fullmatch(
        r"gcr\.io/distroless/cc-debian(\d+):nonroot", arguments.get("RUNTIME_IMAGE", "")
    )
    if not rust or not runtime:
        return found + [f"unexpected base images: {arguments}"]
    if rust[1] != workspace()["rust-version"]:
        found.append(f"Rust {rust[1]}, but the workspace asks for {workspace()['rust-version']}")
    if DEBIAN.get(rust[2]) != runtime[1]:
        found.append(f"built on {rust[2]}, run on Debian {runtime[1]}: another glibc")
    return found


def builds(stages: list[Stage]) -> list[str]:
    """What is built is what Cargo.lock says, dependencies before any source is there."""
    found = []
    for stage in stages:
        for command in stage.values("RUN"):
            for build in re.findall(r"cargo (?:build|install)[^&]*", command):
                if "--locked" not in build:
                    found.append(f"{stage.name}: without --locked: {build}")
                if "--release" not in build:
                    found.append(f"{stage.name}: not optimised: {build}")
        touched = any("-name '*.rs' -exec touch {} +" in run for run in stage.values("RUN"))
        if stage.image == "dependencies" and not touched:
            found.append(f"{stage.name}: cargo takes the empty programs for newer than the sources")
    dependencies = next((stage for stage in stages if stage.name == "dependencies"), None)
    if not dependencies or dependencies.values("COPY") != ["--from=manifests /src ."]:
        found.append("the dependencies' layer changes with every source")
    return found


def runtimes(stages: list[Stage]) -> list[str]:
    """What is shipped holds a program each and runs as nobody; the service is the default."""
    found = []
    if stages[-1].name != "products" or stages[-2].name != "tools":
        found.append(f"the last stages are {[stage.name for stage in stages[-2:]]}")
    for stage in stages[-2:]:
        if stage.image != "${RUNTIME_IMAGE}":
            found.append(f"{stage.name}: runs on {stage.image}")
        if stage.values("USER") != [USER]:
            found.append(f"{stage.name}: user {stage.values('USER')}, not {USER}")
        if stage.values("STOPSIGNAL") != ["SIGTERM"]:
            found.append(f"{stage.name}: STOPSIGNAL {stage.values('STOPSIGNAL')}")
        if stage.values("RUN") or stage.values("ADD"):
            found.append(f"{stage.name}: RUN or ADD where nothing but copied programs should be")
        program = "benchmark" if stage.name == "tools" else stage.name
        if [json.loads(entry) for entry in stage.values("ENTRYPOINT")] != [
            [f"/usr/local/bin/{program}"]
        ]:
            found.append(f"{stage.name}: ENTRYPOINT {stage.values('ENTRYPOINT')}")
    if stages[-1].values("EXPOSE") != ["8000 9000"]:
        found.append(f"EXPOSE {stages[-1].values('EXPOSE')}")
    return found


def labels(stage: Stage) -> list[str]:
    """The image says what it is, with the workspace's version where nothing else is told."""
    found = []
    pairs = re.findall(
        r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', " ".join(stage.values("LABEL"))
    )
    if {name for name, _ in pairs} != LABELS:
        found.append(f"labels {sorted(name for name, _ in pairs)}, not {sorted(LABELS)}")
    if f"VERSION={workspace()['version']}" not in stage.values("ARG"):
        found.append(f"ARG VERSION is not the workspace's {workspace()['version']}")
    return found


def workspace() -> dict[str, str]:
    """[workspace.package] of the manifest."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
