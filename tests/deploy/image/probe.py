"""probe.py PRODUCTS TOOLS : starts these images and looks at them as their users would. It needs a
network of its own, in which it brings up the loopback device."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from container import Image, Process, poll_until

API = "http://127.0.0.1:8000"
LABEL = "org.opencontainers.image."


def main() -> None:
    """Runs all checks; the first that fails ends it."""
    products, tools = (Image(name) for name in sys.argv[1:])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        report("nothing but the program and an empty /data was added", added_files(products))
        report("the image says what it is", labels(products))
        with tempfile.TemporaryDirectory() as data:
            os.chown(data, 65532, 65532)
            serves(products, tools, data)
        unwritable_data_is_said(products)
    finally:
        products.remove()
        tools.remove()
    print("image-check: 1 passed, 0 failed")


def report(what: str, seen: object) -> None:
    """Prints what was seen to be so."""
    print(f"ok: {what}: {seen}")


def added_files(image: Image) -> str:
    """What the image has that its base image has not."""
    base = Image(image.config["Labels"][LABEL + "base.name"])
    try:
        added = sorted(paths(image.root) - paths(base.root))
    finally:
        base.remove()
    assert added == ["/data", "/usr/local/bin/products"], added
    owner = os.stat(f"{image.root}/data")
    assert (owner.st_uid, owner.st_gid) == (65532, 65532), owner
    assert os.stat(f"{image.root}/usr/local/bin/products").st_uid == 0
    size = os.path.getsize(f"{image.root}/usr/local/bin/products")
    return f"{', '.join(added)}; the program has {size / 1e6:.1f} MB"


def paths(root: str) -> set[str]:
    """Every file and every empty folder below this one."""
    return {
        os.path.join(folder, name).removeprefix(root)
        for folder, folders, files in os.walk(root)
        for name in files + [name for name in folders if not os.listdir(f"{folder}/{name}")]
    }


def labels(image: Image) -> dict[str, str]:
    """The image's labels, of which version and revision are those of the program."""
    found = {
        name.removeprefix(LABEL): value
        for name, value in image.config["Labels"].items()
        if name.startswith(LABEL)
    }
    assert image.run("--version") == f"products {found['version']}\n"
    assert image.config["User"] == "65532:65532", image.config["User"]
    ports = {port.removesuffix("/tcp") for port in image.config["ExposedPorts"]}
    assert ports == {"8000", "9000"}, ports
    return found


def serves(products: Image, tools: Image, data: str) -> None:
    """The whole life of the service, without any configuration."""
    service = products.start(data=data)
    try:
        poll_until("the service is ready", lambda: ask("/readyz")[0] == 200)
        report("it is confined", confined(service))
        report("probes", [ask(path)[0] for path in ("/livez", "/readyz", "/startupz")])
        report("products healthcheck", products.run("healthcheck") or "status 0")
        report("products smoke-test api", products.run("smoke-test", "api", "--url", API))
        revision = products.config["Labels"][LABEL + "revision"]
        assert f'revision="{revision}"' in ask("/metrics")[1], "build_info has another revision"
        tools.run("crud", "--base-url", API, "--users", "2", "--duration", "2", "--quiet")
        report("the load test, which checks what it reads", "status 0")
    finally:
        log = service.stop()
    last = json.loads(log.strip().splitlines()[-1])
    report("SIGTERM ends it with status 0; its last line", last["message"])
    left = os.listdir(data)
    assert left == ["products.db"], left
    report("what it leaves in /data", left)


def confined(service: Process) -> str:
    """User, process number and rights, as the kernel has them."""
    status = service.status()
    seen = {
        name: status[name].split()
        for name in ("Uid", "Gid", "Groups", "NSpid", "CapEff", "NoNewPrivs")
    }
    assert seen["Uid"] == seen["Gid"] == ["65532"] * 4, seen
    assert seen["NSpid"][-1] == "1" and seen["Groups"] == [], seen
    assert int(seen["CapEff"][0], 16) == 0 and seen["NoNewPrivs"] == ["1"], seen
    mounts = open(f"/proc/{service.process_id()}/mounts", encoding="utf-8").read().splitlines()
    root = [line.split() for line in mounts if line.split()[1] == "/"]
    assert root and root[-1][3].split(",")[0] == "ro", mounts
    return "uid 65532, process 1, no capability, the root file system read-only"


def unwritable_data_is_said(products: Image) -> None:
    """Without a volume for SQLite's file it does not start, and says why."""
    process = products.start()
    output = process.wait_for_end(1)
    assert "unable to open database file" in output, output
    report("without a writable /data it says", output.strip().splitlines()[-1])


def ask(path: str) -> tuple[int, str]:
    """Status and body of the service's answer."""
    try:
        with urllib.request.urlopen(API + path, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


if __name__ == "__main__":
    main()
