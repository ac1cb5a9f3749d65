"""What the Dockerfile builds from: all that is needed and nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from image.dockerfile import ROOT, parse
from image.dockerignore import context, is_sent

RULES = (ROOT / ".dockerignore").read_text(encoding="utf-8")
KEPT_OUT = [
    ".git/config",
    ".env",
    "target/release/products",
    "data/products.db",
    "docs/operations.md",
    "charts/products/values.yaml",
    "Dockerfile",
    "tests/e2e/src/lib.rs",
    "services/products/tests/service/main.rs",
    "services/products/.env",
    "services/products/data/products.db-wal",
    "crates/server/target/debug/deps/server.d",
]


@pytest.fixture(name="folder")
def copied_context(tmp_path: Path) -> Path:
    """The context as a builder gets it."""
    for path in context(ROOT, RULES):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


@pytest.mark.parametrize("path", KEPT_OUT)
def what_no_build_needs_is_kept_out(path):
    assert not is_sent(path, RULES)
    assert is_sent(path, ""), "without rules everything is sent"


def every_file_that_a_source_includes_is_there(folder):
    missing = [
        f"{source.relative_to(folder)} includes {name}"
        for source in folder.rglob("src/**/*.rs")
        for name in re.findall(
            r'include_(?:str|bytes)!\("([^"]+)"\)', source.read_text(encoding="utf-8")
        )
        if not (source.parent / name).is_file()
    ]

    assert missing == []


def cargo_finds_the_whole_workspace_in_what_the_dependencies_are_built_from(folder):
    _, stages = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    manifests = next(stage for stage in stages if stage.name == "manifests")
    subprocess.run(["sh", "-ec", *manifests.values("RUN")], cwd=folder, check=True)

    assert _sources(folder) == {"", "fn main() {}\n"}
    assert _members(folder) == _members(ROOT)


def a_member_that_is_left_out_is_missed(folder):
    shutil.rmtree(folder / "tests/servers")

    with pytest.raises(subprocess.CalledProcessError):
        _members(folder)


def _sources(folder: Path) -> set[str]:
    """The distinct contents of all files but manifests."""
    files = [
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("Cargo.")
    ]
    return {path.read_text(encoding="utf-8") for path in files}


def _members(folder: Path) -> set[str]:
    """The names of the workspace's packages, as cargo reads them."""
    command = ["cargo", "metadata", "--locked", "--offline", "--no-deps", "--format-version=1"]
    output = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return {package["name"] for package in json.loads(output)["packages"]}
