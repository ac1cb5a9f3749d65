"""docker-compose.yaml, without a container engine."""

import pytest
from compose.composition import FILE, ROOT, problems

TEXT = (ROOT / FILE).read_text(encoding="utf-8")

# What is replaced, by what, a word of the complaint.
FAULTS = [
    ("    healthcheck:", "    heathcheck:", "heathcheck"),
    ("stop_grace_period: 45s", "stop_grace_period: [45s]", "stop_grace_period"),
    ("${OTLP_ENDPOINT:-}", "${OTLP_ENDPOINT}", "has no default"),
    ("${LOG_LEVEL:-INFO}", "${LOG_LEVEL:-DEBUG}", "LOG_LEVEL"),
    ("${LOG_LEVEL:-INFO}", "INFO", "is not used"),
    ("PRODUCTS_CPUS", "PRODUCTS_CORES", "not in .env.example"),
    (":-development", ":-Xk3_9sd", "looks like a secret"),
    ("127.0.0.1:${MANAGEMENT_PORT:-9000}:9000", "${MANAGEMENT_PORT:-9000}:9000", "other machines"),
    ("127.0.0.1:${PROMETHEUS_PORT:-9090}:9090", "9090:9090", "other machines"),
    ("redis:8.10.1", "redis:latest", "no version"),
    ("docker.io/library/redis", "redis", "no registry"),
    ("products:0.1.0", "products:0.0.9", "another version"),
    ("./prometheus:/etc/prometheus:ro", "./prometheus:/etc/prometheus", "read-only"),
    ("./caddy:/etc/caddy:ro", "./proxy:/etc/caddy:ro", "no folder"),
    ("- caddy:/data", "- cady:/data", "volumes"),
    ("depends_on: [postgres, redis]", "depends_on: [postgres, cache]", "not there"),
    ('limits: {cpus: "1", memory: 1G}', 'limits: {cpus: "1"}', "limits"),
    (".memory.max_traces=10000", ".memory", "beyond its memory"),
    ('security_opt: ["no-new-privileges:true"]', "security_opt: []", "privileges"),
    ("    read_only: true\n", "", "may write"),
    ("    cap_drop: [ALL]\n", "", "has capabilities"),
    ("    user: redis\n", "", "redis: runs as root"),
    ("user: redis", 'user: "0:0"', "redis: runs as root"),
    ("    cap_add: [NET_BIND_SERVICE]\n", "", "caddy: is given the capabilities []"),
    ("[NET_BIND_SERVICE]", "[NET_BIND_SERVICE, DAC_OVERRIDE]", "DAC_OVERRIDE"),
    ("[postgres:/var/lib/postgresql]", "[postgres:/var/lib/postgresql/data]", "what it keeps"),
    ("restart: unless-stopped", "restart: on-failure", "restart on-failure"),
    ("service_healthy", "service_started", "does not wait"),
    ("REVISION: ", "COMMIT: ", "no COMMIT to build with"),
    ("context: ., target: tools", "context: .", "built from"),
    ("max-size: 10m, ", "", "disk"),
    ("      test: [CMD, redis-cli", "      probe: [CMD, redis-cli", "probe"),
]


def the_compose_file_has_no_problems():
    assert problems(TEXT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "word"), FAULTS, ids=[f"{fault[0].strip()}: {fault[2]}" for fault in FAULTS]
)
def a_fault_in_the_compose_file_is_found(right, wrong, word):
    assert right in TEXT, f"{right} is not in the compose file any more"

    found = problems(TEXT.replace(right, wrong))

    assert any(word in problem for problem in found), found
