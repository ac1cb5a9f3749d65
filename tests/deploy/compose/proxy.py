"""A real Caddy between a client and a server that keeps what it hears."""

import http.client
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from compose.programs import DEADLINE_SECONDS, caddy, free_port, wait_until_listening


def heard(text: str, folder: Path, client: str, sent: dict[str, str]) -> http.client.HTTPMessage:
    """The headers that a service behind this Caddyfile hears of a request from this address."""
    with _listening() as upstream, _proxying(text, upstream.server_port, folder) as port:
        connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=DEADLINE_SECONDS, source_address=(client, 0)
        )
        connection.request("GET", "/products", headers=sent)
        status = connection.getresponse().status
        connection.close()
    assert status == 204
    return upstream.heard


def administered(path: str, folder: Path) -> tuple[int, list[dict]]:
    """The status with which Caddy's administration answers, and what it logs of the request."""
    port = free_port()
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin 127.0.0.1:{port}\n}}\n", encoding="utf-8")
    process = subprocess.Popen(
        [caddy(), "run", "--config", file, "--adapter", "caddyfile"],
        env={"HOME": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until_listening(port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_SECONDS)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
    finally:
        lines = _end(process).splitlines()
    return status, [line for line in map(json.loads, lines) if line.get("uri") == path]


class _Upstream(BaseHTTPRequestHandler):
    """Stands where the service does, and keeps the headers that it hears."""

    def do_GET(self) -> None:
        """Takes a request."""
        self.server.heard = self.headers
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def _listening() -> Iterator[ThreadingHTTPServer]:
    """A server in the place of the service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def _proxying(text: str, upstream: int, folder: Path) -> Iterator[int]:
    """A Caddy by this text, on a port of its own, without TLS and without its administration."""
    port = free_port()
    file = folder / "Caddyfile"
    text = text.replace("skip_install_trust\n", "skip_install_trust\n\tadmin off\n")
    file.write_text(text.replace("products:8000", f"127.0.0.1:{upstream}"), encoding="utf-8")
    environment = {"DOMAIN": f"http://:{port}", "HOME": str(folder)}
    options = ["--config", file, "--adapter", "caddyfile"]
    read = subprocess.run([caddy(), "adapt", *options], env=environment, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    process = subprocess.Popen(
        [caddy(), "run", *options], env=environment, cwd=folder, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until_listening(port)
        yield port
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> str:
    """What a Caddy has logged, once it has ended."""
    process.terminate()
    return process.communicate(timeout=DEADLINE_SECONDS)[1]
