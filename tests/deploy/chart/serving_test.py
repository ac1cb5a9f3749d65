"""The real service runs under what the chart renders: configuration, user, read-only root, volumes and variables."""

import json
import os
import signal
import tomllib
from pathlib import Path

import pytest

from binary import binary, keys
from chart.cases import CASES
from chart.inside import DEADLINE, ask, await_ready, beside, probe, until
from chart.lifecycle import seconds
from chart.release import Release, release
from chart.sandbox import Node, missing


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
        await_ready(first, node, tmp_path / "first.log")
        created = ask(first, 8000, "/products", "-d", '{"name": "Mug", "price": 8, "amount": 1}')
        first.send_signal(signal.SIGTERM)
        ended = first.wait(node.pod.spec["terminationGracePeriodSeconds"])
    with node.serve(tmp_path / "second.log") as second:
        await_ready(second, node, tmp_path / "second.log")
        read = ask(second, 8000, "/products/1")

    assert ended == 0, (tmp_path / "first.log").read_text()
    assert created == (201, read[1])


def its_user_has_no_rights_and_its_root_cannot_be_written(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))

    with node.serve(tmp_path / "log") as process:
        await_ready(process, node, tmp_path / "log")
        status = Path(f"/proc/{process.pid}/status").read_text()
        mounts = Path(f"/proc/{process.pid}/mountinfo").read_text()

    facts = dict(line.split(":\t", 1) for line in status.splitlines())
    assert set(facts["Uid"].split()) == set(facts["Gid"].split()) == {_outside(node)}
    assert {int(facts[name], 16) for name in ("CapEff", "CapPrm", "CapAmb")} == {0}
    assert facts["NoNewPrivs"] == "1"
    options = {line.split()[4]: line.split()[5].split(",")[0] for line in mounts.splitlines()}
    assert options["/"] == "ro"
    assert options["/etc/products"] == "ro"
    assert [path for path, option in options.items() if option == "rw" and not path.startswith(("/dev", "/proc"))] == ["/data"]


def the_largest_batch_needs_no_other_file_than_its_database(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))
    batch = [{"name": f"{number:0200}", "price": 8, "amount": 1} for number in range(1000)]
    body = tmp_path / "batch.json"
    body.write_text(json.dumps(batch))

    with node.serve(tmp_path / "log") as process:
        await_ready(process, node, tmp_path / "log")
        answers = [ask(process, 8000, "/products", "-d", f"@{body}") for _ in range(2)]

    assert [status for status, _ in answers] == [201, 201], (tmp_path / "log").read_text()


def probes_are_answered_where_they_ask(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["dev"]))

    with node.serve(tmp_path / "log") as process:
        await_ready(process, node, tmp_path / "log")
        answers = {name: probe(process, node, name) for name in ("startup", "liveness", "readiness")}
        outside = ask(process, 8000, "/livez")
        scraped = ask(process, 9000, "/metrics")

    assert answers == dict.fromkeys(("startup", "liveness", "readiness"), 200)
    assert outside[0] == 404
    assert "http_requests_total" in scraped[1]


def a_pod_whose_database_is_not_there_waits_alive(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["bundled"]))

    with node.serve(tmp_path / "log") as process:
        until(process, tmp_path / "log", lambda: probe(process, node, "startup") == 200)
        until(process, tmp_path / "log", lambda: "database unavailable" in ask(process, 9000, "/readyz")[1])
        alive = probe(process, node, "liveness")
        process.send_signal(signal.SIGTERM)
        ended = process.wait(node.pod.spec["terminationGracePeriodSeconds"])

    assert (alive, ended) == (200, 0)


@pytest.mark.parametrize("name", ["api", "cache", "metrics"])
def the_tests_of_the_release_pass(helm, name, tmp_path):
    rendered = release(helm, CASES["dev"])
    node = Node(tmp_path, rendered)
    (container,) = rendered.one("Pod", f"shop-products-test-{name}")["spec"]["containers"]
    arguments = [_at_home(each) for each in container["args"]]

    with node.serve(tmp_path / "log") as process:
        done = beside(process, str(binary()), *arguments)

    assert done.returncode == 0, (arguments, done.stdout, done.stderr)


def the_flags_of_the_migration_are_understood(helm, tmp_path):
    rendered = release(helm, CASES["migration"])
    (container,) = rendered.one("Job", "shop-products-migrate")["spec"]["template"]["spec"]["containers"]
    node = Node(tmp_path, rendered)

    done = node.run(*container["args"])

    assert "database.max_connections=20" in container["args"]
    assert done.returncode == 1, done.stderr
    assert "cannot migrate the database" in done.stderr


def tokens_are_read_from_the_secret(helm, tmp_path):
    node = Node(tmp_path, release(helm, CASES["external"]))
    change = ("-X", "PUT", "-d", '{"filter": "debug"}')

    with node.serve(tmp_path / "log") as process:
        until(process, tmp_path / "log", lambda: probe(process, node, "startup") == 200)
        without = ask(process, 9090, "/loglevel", *change)
        token = ask(process, 9090, "/loglevel", *change, "-H", "Authorization: Bearer an-operators-token")

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
        assert process.wait(DEADLINE) != 0


def _at_home(argument: str) -> str:
    """A URL of a Service as one of the pod behind it."""
    home = argument.replace("//shop-products-management:9000", "//127.0.0.1:9000")
    return home.replace("//shop-products:80", "//127.0.0.1:8000")


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
