"""What the compose file says to each program, said to the real one."""

import re
import shutil
import subprocess

import pytest
import yaml
from binary import binary
from compose.composition import FILE, ROOT, environment_example, resolved
from compose.programs import (
    DEADLINE_SECONDS,
    benchmark,
    effective,
    environment,
    free_port,
    promtool,
    redis_server,
    seconds,
    wait_until_listening,
)

SERVICES = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))["services"]
PROMETHEUS = ROOT / "prometheus/prometheus.yaml"


@pytest.fixture(name="configuration")
def effective_configuration(tmp_path):
    return effective(tmp_path, environment(SERVICES["products"]))


def the_service_takes_its_environment(configuration):
    postgres = environment(SERVICES["postgres"])

    assert configuration["server"]["management_port"] == 9000
    assert configuration["server"]["trusted_proxies"] == []
    assert configuration["tracing"]["otlp_endpoint"] == ""
    assert configuration["log"]["level"] == "INFO"
    address = f"postgres:5432/{postgres['POSTGRES_DB']}"
    assert configuration["database"]["url"].endswith(address)
    assert configuration["cache"]["redis_url"].endswith("@redis:6379/0")


def a_key_that_the_service_does_not_have_is_found(tmp_path):
    wrong = {"PRODUCTS__SERVER__MANAGMENT_PORT": "9000"}

    with pytest.raises(AssertionError, match="MANAGMENT_PORT"):
        effective(tmp_path, environment(SERVICES["products"]) | wrong)


def the_service_has_the_passwords_of_its_servers():
    service, postgres, redis = (SERVICES[name] for name in ("products", "postgres", "redis"))
    url = environment(service)["DATABASE_URL"]

    assert url.startswith(
        f"postgres://{environment(postgres)['POSTGRES_USER']}:{environment(postgres)['POSTGRES_PASSWORD']}@"
    )
    assert environment(service)["REDIS_URL"].startswith(
        f"redis://:{environment(redis)['REDISCLI_AUTH']}@"
    )
    assert SERVICES["redis"]["command"][:2] == [
        "--requirepass",
        redis["environment"]["REDISCLI_AUTH"],
    ]


def published_ports_are_those_that_the_service_listens_on(configuration):
    listening = [configuration["server"]["port"], configuration["server"]["management_port"]]

    assert [int(port.rpartition(":")[2]) for port in SERVICES["products"]["ports"]] == listening


def the_service_may_take_its_time_to_stop(configuration):
    server = configuration["server"]
    needed = seconds(server["drain_delay"]) + seconds(server["shutdown_timeout"]) + 1

    assert seconds(SERVICES["products"]["stop_grace_period"]) > needed


def the_healthcheck_is_a_command_of_the_service():
    entry, command = SERVICES["products"]["healthcheck"]["test"][1:]

    assert entry == "/usr/local/bin/products"
    assert (
        subprocess.run([binary(), command, "--help"], check=False, capture_output=True).returncode
        == 0
    )


def an_environment_file_for_compose_means_nothing_else_to_the_service(tmp_path):
    bare = effective(tmp_path, {})
    text = "".join(f"{name}={value}\n" for name, value in environment_example().items())
    (tmp_path / ".env").write_text(text, encoding="utf-8")

    assert effective(tmp_path, {}) == bare


def compose_up_builds_with_the_commit_and_its_time(tmp_path):
    recorder = tmp_path / "compose"
    recorder.write_text('#!/bin/sh\necho "$REVISION $CREATED $*"\n', encoding="utf-8")
    recorder.chmod(0o755)
    command = ["make", "--silent", "compose-up", f"COMPOSE={recorder}"]

    outcome = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)

    log = ["git", "log", "-1", "--abbrev=12", "--format=%h %cI"]
    commit = subprocess.run(log, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    # Sources without their history have no commit: the compose file says `unknown`.
    assert outcome.stdout.splitlines()[0] == f"{commit.strip() or ' '} up --build --detach --wait"


def the_load_test_takes_its_command():
    command = [resolved(word) for word in SERVICES["load"]["command"]]
    closed = [re.sub("products:[0-9]+", "127.0.0.1:1", word) for word in command]

    output = subprocess.run([benchmark(), *closed], check=False, capture_output=True, text=True)
    refused = subprocess.run(
        [benchmark(), *closed, "--userz=1"], check=False, capture_output=True, text=True
    )

    assert output.returncode == 1, output.stderr
    assert refused.returncode == 64, "a flag that it does not have is a usage error"


def redis_takes_its_command(tmp_path):
    port = free_port()
    command = [
        redis_server(),
        *map(resolved, SERVICES["redis"]["command"]),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
    ]
    probe = [
        shutil.which("redis-cli"),
        "-p",
        str(port),
        *SERVICES["redis"]["healthcheck"]["test"][2:],
    ]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        wait_until_listening(port)
        answer = subprocess.run(
            probe, env=environment(SERVICES["redis"]), check=False, capture_output=True, text=True
        )
        stranger = subprocess.run(probe, env={}, check=False, capture_output=True, text=True)
    finally:
        server.terminate()
        server.communicate(timeout=DEADLINE_SECONDS)

    assert (answer.returncode, answer.stdout) == (0, "PONG\n"), answer.stderr
    assert stranger.returncode != 0, "without the password it answers as well"
    assert list(tmp_path.iterdir()) == [], "a cache that writes to its disk"


def prometheus_takes_its_configuration(tmp_path):
    flags = SERVICES["prometheus"]["command"]
    assert f"--config.file=/etc/prometheus/{PROMETHEUS.name}" in flags
    assert "--storage.tsdb.retention.time=35d" in flags
    wrong = tmp_path / "prometheus.yaml"
    wrong.write_text(
        PROMETHEUS.read_text(encoding="utf-8").replace("scrape_interval", "scrape_every"),
        encoding="utf-8",
    )

    right, refused = (
        subprocess.run(
            [promtool(), "check", "config", file], check=False, capture_output=True, text=True
        )
        for file in (PROMETHEUS, wrong)
    )

    assert right.returncode == 0, right.stderr
    assert refused.returncode != 0, "promtool finds a wrong key"


def prometheus_scrapes_the_port_that_has_metrics(configuration):
    jobs = {
        job["job_name"]: job
        for job in yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))["scrape_configs"]
    }

    assert jobs["products"]["static_configs"] == [
        {"targets": [f"products:{configuration['server']['management_port']}"]}
    ]


def the_servers_are_those_that_the_chart_bundles():
    values = yaml.safe_load((ROOT / "charts/products/values.yaml").read_text(encoding="utf-8"))

    for name in ("postgres", "redis"):
        bundled = f"{values[name]['image']['repository']}:{values[name]['image']['tag']}"
        assert SERVICES[name]["image"] == bundled


def caddy_passes_on_to_the_api(configuration):
    text = (ROOT / "caddy/Caddyfile").read_text(encoding="utf-8")

    assert f"reverse_proxy products:{configuration['server']['port']} {{" in text
    assert "{$DOMAIN:localhost} {" in text
