"""Reads the compose file, and says what is wrong with it."""

import json
import re
from importlib import resources

import jsonschema
import yaml
from helm import REPOSITORY as ROOT
from image.dockerfile import parse as parse_dockerfile

FILE = "docker-compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
# What may be reached from other machines: the API, and the proxy in front of it.
PUBLIC = {"${API_ADDRESS:-0.0.0.0}:${API_PORT:-8000}:8000", "80:80", "443:443", "443:443/udp"}

# Where the images of servers keep what must outlive their containers: PostgreSQL since its version 18
# a folder above the one that it had before.
KEPT = {
    "postgres": "postgres:/var/lib/postgresql",
    "prometheus": "prometheus:/prometheus",
    "caddy": "caddy:/data",
}


def problems(text: str) -> list[str]:
    """Everything that is wrong with the text of a compose file of this service."""
    composition = yaml.safe_load(text)
    found = schema(composition)
    if found:
        return found
    return variables(text) + volumes(composition) + services(composition)


def schema(composition: dict) -> list[str]:
    """What the compose specification does not allow, as check-jsonschema ships its schema."""
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    validator = jsonschema.Draft202012Validator(json.loads(vendored.read_text(encoding="utf-8")))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(composition)]


def variables(text: str) -> list[str]:
    """Every variable has a default, the same one that .env.example has, and the other way round."""
    used: dict[str, set[str | None]] = {}
    for name, default in VARIABLE.findall(text):
        used.setdefault(name, set()).add(default)
    without = sorted(set(re.findall(r"(?<!\$)\$\{(\w+)\}", text)))
    listed = {**environment_example(), "COMPOSE_PROFILES": None}
    found = [f"{name} has no default" for name in without]
    found += [f"{name} is not in .env.example" for name in sorted(used.keys() - listed.keys())]
    found += [
        f"{name} of .env.example is not used"
        for name in sorted(listed.keys() - used.keys() - {"COMPOSE_PROFILES"})
    ]
    for name in sorted(used.keys() & listed.keys()):
        if used[name] != {listed[name]}:
            defaults = sorted(map(str, used[name]))
            found.append(f"{name}: defaults {defaults}, but {listed[name]!r} in .env.example")
        if name.endswith("PASSWORD") and used[name] != {"development"}:
            found.append(f"{name}: a default that looks like a secret")
    return found


def environment_example() -> dict[str, str]:
    """Names and values of .env.example, all of which are commented out."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^#(\w+)=(.*)$", text, re.MULTILINE))


def volumes(composition: dict) -> list[str]:
    """Named volumes are declared and used, bind mounts are there and read-only."""
    found = []
    named = set()
    for name, service in composition["services"].items():
        for volume in service.get("volumes", []):
            source, _, target = volume.partition(":")
            if not source.startswith("."):
                named.add(source)
            elif not (ROOT / source).is_dir() or not target.endswith(":ro"):
                found.append(f"{name}: {volume} is no folder of the repository, read-only")
    declared = set(composition.get("volumes", {}))
    if named != declared:
        found.append(f"volumes {sorted(declared)} are declared, {sorted(named)} used")
    for name, volume in KEPT.items():
        if volume not in composition["services"][name].get("volumes", []):
            found.append(f"{name}: what it keeps is not on {volume}")
    return found


def services(composition: dict) -> list[str]:
    """Each service is pinned, limited, confined, watched, and closed to other machines."""
    found = []
    for name, service in composition["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        if not {"cpus", "memory"} <= limits.keys():
            found.append(f"{name}: limits {limits}")
        if "no-new-privileges:true" not in service.get("security_opt", []):
            found.append(f"{name}: may gain privileges")
        found += built(name, service.get("build", {})) + confined(name, service)
        if "max-size" not in service.get("logging", {}).get("options", {}):
            found.append(f"{name}: its log may fill the disk")
        # Without a bound of one's own, traces outgrow the memory of the container.
        if name == "jaeger" and "max_traces=" not in " ".join(service.get("command", [])):
            found.append(f"{name}: keeps traces beyond its memory")
        found += image(name, service["image"]) + published(name, service.get("ports", []))
        # The load test ends by itself, and asks a service that is up.
        if name != "load" and "healthcheck" not in service:
            found.append(f"{name}: no healthcheck")
        if service.get("restart") != ("no" if name == "load" else "unless-stopped"):
            found.append(f"{name}: restart {service.get('restart')}")
        if name == "load" and service.get("depends_on") != {
            "products": {"condition": "service_healthy"}
        }:
            found.append(f"{name}: does not wait for the service")
        for dependency in service.get("depends_on", []):
            if dependency not in composition["services"]:
                found.append(f"{name}: depends on {dependency}, which is not there")
    return found


def built(name: str, build: dict) -> list[str]:
    """What is built is the service or the load test, with arguments that the Dockerfile knows."""
    if not build:
        return []
    _, stages = parse_dockerfile((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    target = build.get("target", stages[-1].name)
    found = [] if target == ("tools" if name == "load" else "products") else [f"{name}: built from {build}"]
    arguments = [each.partition("=")[0] for stage in stages for each in stage.values("ARG")]
    return found + [f"{name}: there is no {each} to build with" for each in build.get("args", {}) if each not in arguments]


def confined(name: str, service: dict) -> list[str]:
    """Nothing may be done in a container but what its program needs."""
    found = []
    # Prometheus and Jaeger, which hold no secret, may write where their images let them.
    if name not in {"postgres", "prometheus", "jaeger"} and not service.get("read_only"):
        found.append(f"{name}: may write to its image")
    # The entry point of postgres is root's, and becomes somebody else.
    if name != "postgres" and service.get("cap_drop") != ["ALL"]:
        found.append(f"{name}: has capabilities")
    # That of the program's file, without which the kernel does not start it.
    if service.get("cap_add", []) != (["NET_BIND_SERVICE"] if name == "caddy" else []):
        found.append(f"{name}: is given the capabilities {service.get('cap_add', [])}")
    # Entry points of official images leave root behind; who replaces one has to do that.
    if "entrypoint" in service and service.get("user", "root").partition(":")[0] in {"root", "0"}:
        found.append(f"{name}: runs as root, since what would change that is replaced")
    return found


def image(name: str, reference: str) -> list[str]:
    """An image has a registry and a version, or is built here with the workspace's version."""
    default = VARIABLE.sub(lambda match: match[2] or "", reference)
    if default != reference:
        version = re.search(
            r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE
        )
        return (
            []
            if version and default.endswith(f":{version[1]}")
            else [f"{name}: {default} is of another version"]
        )
    pinned = re.fullmatch(r"[\w.-]+\.\w+/[\w./-]+:v?\d+\.[\w.-]+", reference)
    return [] if pinned else [f"{name}: {reference} names no registry or no version"]


def published(name: str, ports: list[str]) -> list[str]:
    """What is not for everybody is published on this machine alone."""
    return [
        f"{name}: {port} can be reached from other machines"
        for port in ports
        if port not in PUBLIC and not port.startswith("127.0.0.1:")
    ]


def resolved(value: str) -> str:
    """A value with all variables at their defaults."""
    return VARIABLE.sub(lambda match: match[2] or "", str(value)).replace("$$", "$")
