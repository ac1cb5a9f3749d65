"""What the service hears through caddy/Caddyfile, with a real Caddy: what it believes is Caddy's word."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from compose.composition import FILE, ROOT
from compose.proxy import administered, heard

TEXT = (ROOT / "caddy/Caddyfile").read_text(encoding="utf-8")

# The client's, and within the networks that docs/deployment.md has the service trust in its place.
CLIENT = "127.0.0.9"
FORGED = "203.0.113.7"
SENT = {
    "Host": "products.example.com",
    "X-Forwarded-For": FORGED,
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Host": "forged.example.com",
    "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Tracestate": "forged=1",
    "Authorization": "Bearer secret",
    "If-Match": '"1"',
    "Idempotency-Key": "order-1",
    "X-Correlation-ID": "request-1",
}
# Caddy's own word in the place of the client's; None is nothing.
HEARD = SENT | {
    "X-Forwarded-For": CLIENT,
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": SENT["Host"],
    "Traceparent": None,
    "Tracestate": None,
}

# What is replaced, by what, the header in which it shows.
FAULTS = [
    ("header_up -Traceparent\n", "", "Traceparent"),
    ("header_up -Tracestate\n", "", "Tracestate"),
    ("lb_try_duration 10s", "trusted_proxies private_ranges 127.0.0.0/8", "X-Forwarded-For"),
    ("lb_try_duration 10s", "header_up X-Forwarded-For {header.X-Forwarded-For}", "X-Forwarded-For"),
    ("lb_try_duration 10s", "header_up -X-Forwarded-For", "X-Forwarded-For"),
    ("lb_try_duration 10s", "header_up Host {upstream_hostport}", "Host"),
    ("lb_try_duration 10s", "header_up -Authorization", "Authorization"),
    ("lb_try_duration 10s", "header_up -If-*", "If-Match"),
]


def what_the_service_believes_is_the_word_of_caddy(tmp_path):
    assert _differences(TEXT, tmp_path) == {}


@pytest.mark.parametrize(
    ("right", "wrong", "header"), FAULTS, ids=[f"{fault[1] or fault[0]}".strip() for fault in FAULTS]
)
def a_header_that_is_treated_otherwise_is_found(tmp_path, right, wrong, header):
    assert right in TEXT, f"{right} is not in the Caddyfile any more"

    assert header in _differences(TEXT.replace(right, wrong), tmp_path)


def the_healthcheck_is_answered_and_not_logged(tmp_path):
    services = yaml.safe_load((ROOT / FILE).read_text(encoding="utf-8"))["services"]
    path = urlsplit(services["caddy"]["healthcheck"]["test"][-1]).path

    assert administered(path, tmp_path) == (200, [])


def what_else_the_administration_is_asked_is_logged(tmp_path):
    status, logged = administered("/config/", tmp_path)

    assert (status, [line["msg"] for line in logged]) == (200, ["received request"])


def _differences(text: str, folder: Path) -> dict[str, str | None]:
    """The headers that a service behind this Caddyfile hears otherwise than it should."""
    headers = heard(text, folder, CLIENT, SENT)
    return {name: headers[name] for name in HEARD if headers[name] != HEARD[name]}
