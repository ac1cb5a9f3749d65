"""What is asked of a pod from inside its network."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from chart.sandbox import Node

# Seconds within which anything comes about, on a busy machine too.
DEADLINE = 60


def beside(process: subprocess.Popen, *command: str) -> subprocess.CompletedProcess:
    """Runs a command in the pod's network, without any variable of this process."""
    namespaces = ["--net"] if os.getuid() == 0 else ["--user", "--preserve-credentials", "--net"]
    enter = ["nsenter", f"--target={process.pid}", *namespaces]
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run([*enter, *command], capture_output=True, text=True, timeout=DEADLINE * 3, env=environment)


def ask(process: subprocess.Popen, port: int, path: str, *arguments: str) -> tuple[int, str]:
    """Status (0 for none) and body of a request."""
    curl = ["curl", "-s", "-m", "10", "-w", "\n%{http_code}", "-H", "Content-Type: application/json"]
    answer = beside(process, *curl, *arguments, f"http://127.0.0.1:{port}{path}").stdout
    body, _, status = answer.rpartition("\n")
    return int(status or 0), body


def probe(process: subprocess.Popen, node: Node, kind: str) -> int:
    """The status that the kubelet would get for `startup`, `liveness` or `readiness`."""
    get = node.container[f"{kind}Probe"]["httpGet"]
    (port,) = [each["containerPort"] for each in node.container["ports"] if each["name"] == get["port"]]
    return ask(process, port, get["path"])[0]


def await_ready(process: subprocess.Popen, node: Node, log: Path) -> None:
    """Waits until requests would be sent to the pod."""
    until(process, log, lambda: probe(process, node, "readiness") == 200)


def until(process: subprocess.Popen, log: Path, holds: Callable[[], bool]) -> None:
    """Polls until something holds, while the process lives, under a deadline."""
    end = time.monotonic() + DEADLINE
    while not holds():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)
