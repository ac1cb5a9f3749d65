"""The real service runs under what the chart renders: configuration, user, read-only root, volumes and variables."""

import os
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from binary import keys
from chart.cases import CASES
from chart.lifecycle import seconds
from chart.release import Release, release
from chart.sandbox import Node, missing

_DEADLINE = 30


@pytest.fixture(autouse=True)
def namespaces():
    """Namespaces are needed; where there are none, the tests fail."""
    if reason := missing():
        pytest.fail(f"cannot run a pod here, as root or with namespaces of one's own: {reason}")


@pytest.mark.parametrize("case", CASES)
def the_service_takes_its_configuration(helm, case, tmp_path):
    rendered = release(helm, CASES[case])
    node = Node(tmp_path, rendered)

    done = node.run("config", *node.container["args"][1:])

    assert done.returncode == 0, done.stderr
    effective = keys(tomllib.loads(done.stdout))
    given = keys(rendered.configuration())
    wrong = {name: effective[name] for name in given if not _is_same(effective[name], given[name])}
    assert wrong == {}, given


def a_pod_on_sqlite_serves_and_keeps_products(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))

    with node.serve(tmp_path / "first.log") as first:
        _wait(first, node, tmp_path / "first.log")
        created = _ask(first, 8000, "/products", "-d", '{"name": "Mug", "price": 8, "amount": 1}')
        first.send_signal(signal.SIGTERM)
        ended = first.wait(node.pod.spec["terminationGracePeriodSeconds"])
    with node.serve(tmp_path / "second.log") as second:
        _wait(second, node, tmp_path / "second.log")
        read = _ask(second, 8000, "/products/1")

    assert ended == 0, (tmp_path / "first.log").read_text()
    assert created == (201, read[1])


def its_user_has_no_rights_and_its_root_cannot_be_written(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))

    with node.serve(tmp_path / "log") as process:
        _wait(process, node, tmp_path / "log")
        status = Path(f"/proc/{process.pid}/status").read_text()
        mounts = Path(f"/proc/{process.pid}/mountinfo").read_text()

    facts = dict(line.split(":\t", 1) for line in status.splitlines())
    assert set(facts["Uid"].split()) == set(facts["Gid"].split()) == {_outside(node)}
    assert {int(facts[name], 16) for name in ("CapEff", "CapPrm", "CapAmb")} == {0}
    assert facts["NoNewPrivs"] == "1"
    options = {line.split()[4]: line.split()[5].split(",")[0] for line in mounts.splitlines()}
    assert options["/"] == "ro"
    assert options["/etc/products"] == "ro"
    assert options["/data"] == options["/tmp"] == "rw"


def probes_are_answered_where_they_ask(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))

    with node.serve(tmp_path / "log") as process:
        _wait(process, node, tmp_path / "log")
        answers = {name: _probe(process, node, name) for name in ("startup", "liveness", "readiness")}
        outside = _ask(process, 8000, "/livez")
        scraped = _ask(process, 9000, "/metrics")

    assert answers == dict.fromkeys(("startup", "liveness", "readiness"), 200)
    assert outside[0] == 404
    assert "http_requests_total" in scraped[1]


def a_pod_whose_database_is_not_there_waits_alive(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["bundled"]))

    with node.serve(tmp_path / "log") as process:
        _until(process, tmp_path / "log", lambda: _probe(process, node, "startup") == 200)
        _until(process, tmp_path / "log", lambda: "database unavailable" in _ask(process, 9000, "/readyz")[1])
        alive = _probe(process, node, "liveness")
        process.send_signal(signal.SIGTERM)
        ended = process.wait(node.pod.spec["terminationGracePeriodSeconds"])

    assert (alive, ended) == (200, 0)


def tokens_are_read_from_the_secret(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["external"]))
    change = ("-X", "PUT", "-d", '{"filter": "debug"}')

    with node.serve(tmp_path / "log") as process:
        _until(process, tmp_path / "log", lambda: _probe(process, node, "startup") == 200)
        without = _ask(process, 9090, "/loglevel", *change)
        token = _ask(process, 9090, "/loglevel", *change, "-H", "Authorization: Bearer an-operators-token")

    assert (without[0], token[0]) == (401, 200)


def a_mistake_in_the_configuration_is_found(helm, tmp_path):
    rendered = release(helm, CASES["default"])
    rendered.one("ConfigMap")["data"]["products.yaml"] += "planted: 1\n"
    node = Node(tmp_path, rendered)

    done = node.run("config", *node.container["args"][1:])

    assert done.returncode == 64
    assert "planted" in done.stderr


def a_volume_that_cannot_be_written_is_found(helm, tmp_path):
    node = Node(tmp_path, _without_volume(release(helm, CASES["dev"])))

    with node.serve(tmp_path / "log") as process:
        assert process.wait(_DEADLINE) != 0


def _without_volume(rendered: Release) -> Release:
    for mount in rendered.service_pod().containers[0]["volumeMounts"]:
        if mount["name"] == "data":
            mount["readOnly"] = True
    return rendered


def _is_same(effective: object, given: object) -> bool:
    """Whether the service understood a value; it prints each in the shortest form of one unit."""
    if isinstance(given, str) and given[:1].isdigit() and given[-1] in "smh":
        return seconds(str(effective)) == seconds(given)
    if isinstance(given, str) and given.endswith("%"):
        return effective == float(given.rstrip("%")) / 100
    return effective == given or "***" in str(effective) or "/etc/products-secrets/" in str(given)


def _outside(node: Node) -> str:
    """The pod's user as this process sees it."""
    return str(node.user if os.getuid() == 0 else os.getuid())


def _namespaces() -> list[str]:
    return ["--net"] if os.getuid() == 0 else ["--user", "--preserve-credentials", "--net"]


def _wait(process: subprocess.Popen, node: Node, log: Path) -> None:
    _until(process, log, lambda: _probe(process, node, "readiness") == 200)


def _until(process: subprocess.Popen, log: Path, holds) -> None:
    """Polls until something holds, while the process lives, under a deadline."""
    end = time.monotonic() + _DEADLINE
    while not holds():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def _probe(process: subprocess.Popen, node: Node, kind: str) -> int:
    get = node.container[f"{kind}Probe"]["httpGet"]
    (port,) = [each["containerPort"] for each in node.container["ports"] if each["name"] == get["port"]]
    return _ask(process, port, get["path"])[0]


def _ask(process: subprocess.Popen, port: int, path: str, *arguments: str) -> tuple[int, str]:
    """Status (0 for none) and body of a request from inside the pod."""
    enter = ["nsenter", f"--target={process.pid}", *_namespaces()]
    curl = ["curl", "-s", "-m", "10", "-w", "\n%{http_code}", "-H", "Content-Type: application/json"]
    command = [*enter, *curl, *arguments, f"http://127.0.0.1:{port}{path}"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    body, _, status = answer.rpartition("\n")
    return int(status or 0), body
