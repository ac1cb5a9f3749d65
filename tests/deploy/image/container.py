"""A process in an image's file system, started as a container engine would start it: as the image's
user without any capability, as process 1 of its own, on a file system that cannot be written to."""

import json
import os
import signal
import subprocess
import time

DEADLINE_SECONDS = 30

# $1: file system, $2: what is mounted on /data, or nothing, $3: user, $4: working directory.
CONFINE = r"""
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
[ -z "$2" ] || mount --bind "$2" "$1/data"
mount -o remount,ro,bind "$1"
root=$1 uid=${3%:*} gid=${3#*:} directory=$4
shift 4
exec setpriv --no-new-privs --clear-groups \
    unshare --root="$root" --wd="$directory" --setgid="$gid" --setuid="$uid" "$@"
"""


class Image:
    """An image that buildah stores."""

    def __init__(self, name: str):
        self.name = name
        inspected = buildah("inspect", "--type", "image", name)
        self.config = json.loads(inspected)["OCIv1"]["config"]
        self.container = buildah("from", "--pull-never", name).strip()
        self.root = buildah("mount", self.container).strip()

    def remove(self) -> None:
        """Removes what was made to look into it; the image stays."""
        buildah("rm", self.container)

    def start(self, *arguments: str, data: str = "", **environment: str) -> "Process":
        """Starts its entry point with these arguments."""
        return Process(self, arguments, data, environment)

    def run(self, *arguments: str) -> str:
        """What its entry point prints with these arguments, until it ends with status 0."""
        process = self.start(*arguments)
        output = process.wait_for_end(0)
        return output


class Process:
    """What runs in an image."""

    def __init__(
        self, image: Image, arguments: tuple[str, ...], data: str, environment: dict[str, str]
    ):
        self.image = image
        config = image.config
        command = [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            CONFINE,
            "confine",
        ]
        command += [image.root, data, config["User"], config.get("WorkingDir") or "/"]
        command += config["Entrypoint"] + list(arguments)
        variables = dict(pair.split("=", 1) for pair in config.get("Env", []))
        # sh and the programs that confine are this machine's, and found by this PATH as well.
        self.child = subprocess.Popen(
            command,
            env={**variables, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def status(self) -> dict[str, str]:
        """What the kernel says of it, /proc/PID/status."""
        with open(f"/proc/{self.process_id()}/status", encoding="ascii") as lines:
            return dict(line.rstrip("\n").split(":", 1) for line in lines)

    def process_id(self) -> int:
        """Its id outside of its own namespace."""
        path = f"/proc/{self.child.pid}/task/{self.child.pid}/children"
        with open(path, encoding="ascii") as children:
            return int(children.read().split()[0])

    def stop(self) -> str:
        """Sends the signal that the image names; its output, when it has ended with status 0."""
        name = self.image.config["StopSignal"]
        os.kill(self.process_id(), getattr(signal, name))
        return self.wait_for_end(0)

    def wait_for_end(self, status: int) -> str:
        """Its output, when it has ended with this status."""
        try:
            output, _ = self.child.communicate(timeout=DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            # Its change of user has freed it from the life of its parent.
            os.kill(self.process_id(), signal.SIGKILL)
            output, _ = self.child.communicate()
            raise AssertionError(f"{self.image.name} did not end:\n{output}") from None
        assert self.child.returncode == status, f"status {self.child.returncode}:\n{output}"
        return output


def buildah(*arguments: str) -> str:
    """What buildah prints; it ends with its complaint if it has one."""
    return subprocess.run(
        ["buildah", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def poll_until(what: str, attempt) -> None:
    """Waits until the attempt is true, under a deadline; fails with the last that it raised."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    last: object = None
    while time.monotonic() < deadline:
        try:
            if attempt():
                return
        except OSError as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {DEADLINE_SECONDS} s; last: {last}")
