"""Runs the service as a node would: the pod's user, its root read-only, its volumes, its environment and nothing else.

As root, or as anybody whom the system allows namespaces of his own, in which he is the pod's user.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from binary import binary
from chart.release import Pod, Release

_PROGRAM = "usr/local/bin/products"

# How long it may take to get there on a busy machine.
_ENTRY_SECONDS = 60


class Node:
    """A place for the files of one pod at a time, below a folder."""

    def __init__(self, folder: Path, release: Release):
        self.release = release
        self.pod: Pod = release.service_pod()
        (self.container,) = self.pod.containers
        self.user = self.pod.spec["securityContext"]["runAsUser"]
        self.root = folder / "root"
        self._lay_out_image()
        self.volumes = [self._lay_out_volume(mount) for mount in self.container["volumeMounts"]]

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs a command of the service to its end."""
        command = self._command(arguments)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=self._environment())

    @contextmanager
    def serve(self, log: Path) -> Iterator[subprocess.Popen]:
        """Starts what the container starts; kills it at the end if it still runs."""
        with log.open("w") as output:
            process = subprocess.Popen(
                self._command(self.container["args"]),
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
            )
        try:
            _await_entry(process)
            yield process
        finally:
            process.kill()
            process.wait()

    def _lay_out_image(self) -> None:
        """Nothing but the program and its libraries, as in the image."""
        libraries = subprocess.run(["ldd", binary()], capture_output=True, text=True, check=True).stdout
        for source in re.findall(r"(/\S+) \(0x", libraries):
            _copy(Path(source), self.root / source.lstrip("/"))
        _copy(binary(), self.root / _PROGRAM)
        for folder in ("proc", "dev"):
            (self.root / folder).mkdir()

    def _lay_out_volume(self, mount: dict) -> str:
        """Fills a volume as the kubelet does, and says how to mount it."""
        path = self.root / mount["mountPath"].lstrip("/")
        path.mkdir(parents=True)
        volume = next(each for each in self.pod.spec["volumes"] if each["name"] == mount["name"])
        if volume.get("configMap", {}).get("name") == self.pod.owner["metadata"]["name"]:
            (document,) = self.release.of_kind("ConfigMap")
            for name, text in document["data"].items():
                (path / name).write_text(text)
        for item in volume.get("secret", {}).get("items", []):
            (path / item["path"]).write_text("oncall:an-operators-token\n")
            (path / item["path"]).chmod(volume["secret"]["defaultMode"])
        self._own(path)
        return mount["mountPath"] + (":ro" if mount.get("readOnly") else "")

    def _own(self, path: Path) -> None:
        """Root's, open to the group `fsGroup`."""
        group = self.pod.spec["securityContext"]["fsGroup"]
        for each in (path, *path.iterdir()):
            if os.getuid() == 0:
                os.chown(each, 0, group)
        path.chmod(0o2775)

    def _command(self, arguments: list[str] | tuple[str, ...]) -> list[str]:
        enter = Path(__file__).with_name("enter.py")
        own = [] if os.getuid() == 0 else ["--user", f"--map-user={self.user}", f"--map-group={self.user}", "--keep-caps"]
        return [
            *("unshare", *own, "--mount", "--net", sys.executable, "-I", str(enter)),
            *(str(self.root), str(self.user), *self.volumes, "--", f"/{_PROGRAM}", *arguments),
        ]

    def _environment(self) -> dict[str, str]:
        """The container's variables, each reference to a Secret with something fit behind it."""
        values = {
            "DATABASE_URL": "postgres://products:secret@127.0.0.1:5432/products",
            "REDIS_URL": "redis://:secret@127.0.0.1:6379/0",
            "POD_NAME": "shop-products-0",
            "POD_NAMESPACE": "store",
        }
        environment = {"PATH": os.environ["PATH"]}
        for variable in self.container.get("env", []):
            text = variable.get("value") or values[variable["name"]]
            environment[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda name: environment[name[1]], text)
        return environment


def _await_entry(process: subprocess.Popen) -> None:
    """Before that the process is in this one's network, where others may listen."""
    end = time.monotonic() + _ENTRY_SECONDS
    while process.poll() is None and not _has_entered(process):
        if time.monotonic() > end:
            raise TimeoutError("the pod does not become the service")
        time.sleep(0.01)


def _has_entered(process: subprocess.Popen) -> bool:
    try:
        return os.readlink(f"/proc/{process.pid}/exe").endswith(_PROGRAM)
    except FileNotFoundError:
        return False  # It has ended, which its status tells.


def _copy(source: Path, target: Path) -> None:
    """By a second name where that is possible, since the program is large."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)


def missing() -> str:
    """What this machine does not allow of what is needed here; empty where it allows all."""
    if not (absent := [name for name in ("unshare", "mount", "nsenter", "curl", "ldd") if not shutil.which(name)]):
        own = [] if os.getuid() == 0 else ["--user", "--map-user=65532", "--keep-caps"]
        tried = subprocess.run(["unshare", *own, "--mount", "--net", "true"], capture_output=True, text=True)
        return tried.stderr
    return f"programs are missing: {', '.join(absent)}"
