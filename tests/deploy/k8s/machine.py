"""A machine that has only the programs it is said to have: recorders in the place of the engine,
kind and kubectl, which no test machine has. What they are told is looked at, by a real helm too."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from helm import REPOSITORY, programs

BASE = ["awk", "bash", "cat", "dirname", "env", "git", "grep", "mktemp", "rm", "sed"]
RECORDER = r"""#!/usr/bin/env bash
name=${0##*/}
{ printf '%s' "$name"; printf '\x1f%s' "$@"; printf '\n'; } >>"$RECORD"
case "$name $*" in
"docker info" | "podman info") [[ " ${ANSWERING-docker podman} " == *" $name "* ]] ;;
"kind get clusters") printf '%s\n' ${CLUSTERS-} ;;
*" build "*) printf 'attestations\x1f%s\n' "${BUILDX_NO_DEFAULT_ATTESTATIONS-0}" >>"$RECORD" ;;
"kind create"*) printf 'provider\x1f%s\n' "${KIND_EXPERIMENTAL_PROVIDER-docker}" >>"$RECORD" ;;
*" image inspect --format"*) echo sha256:0123456789abcdef ;;
*" image inspect"*) [[ " ${IMAGES-} " == *" $3 "* ]] ;;
esac
"""


@dataclass
class Outcome:
    """How a script ended."""

    status: int
    output: str
    calls: list[list[str]]

    def call(self, *beginning: str) -> list[str]:
        """The one call that begins so."""
        found = [call for call in self.calls if call[: len(beginning)] == list(beginning)]
        assert len(found) == 1, f"{' '.join(beginning)}: {len(found)} times in {self.calls}"
        return found[0]

    def order(self) -> list[str]:
        """The first two words of each call that changes something."""
        words = [" ".join(call[:2]) for call in self.calls if call[0] not in ("provider", "attestations")]
        return [each for each in words if not each.endswith((" info", " get", " image"))]


class Machine:
    """A folder with programs, which is the whole PATH."""

    def __init__(self, folder: Path, *recorded: str, helm: str | None = None):
        self.folder = folder
        self.record = folder / "record"
        (folder / "bin").mkdir()
        for name in BASE:
            (folder / "bin" / name).symlink_to(shutil.which(name))
        for name in recorded:
            recorder = folder / "bin" / name
            recorder.write_text(RECORDER, encoding="utf-8")
            recorder.chmod(0o755)
        if helm:
            (folder / "bin/helm").symlink_to(helm)

    def run(self, script: str, *arguments: str, **environment: str) -> Outcome:
        """Runs a script of k8s/ on it."""
        self.record.write_text("", encoding="utf-8")
        done = subprocess.run(
            [REPOSITORY / "k8s" / script, *arguments],
            env={
                "PATH": str(self.folder / "bin"),
                "HOME": str(self.folder),
                "TMPDIR": str(self.folder),
                "RECORD": str(self.record),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        lines = self.record.read_text(encoding="utf-8").splitlines()
        calls = [line.split("\x1f") for line in lines]
        return Outcome(done.returncode, done.stdout + done.stderr, calls)


def real_helm() -> str:
    """The newest helm's program."""
    return os.path.realpath(programs()[-1].program)
