"""The commands of a page, and whether each can be meant: its targets, services, files, values and
flags are there, and what can be run without an engine and a cluster is."""

import re
import shlex
import subprocess
from collections.abc import Callable

import yaml
from binary import binary
from helm import CHART, REPOSITORY, Helm, Refused
from image.dockerfile import workspace

COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text(encoding="utf-8"))
SKAFFOLD = yaml.safe_load((REPOSITORY / "skaffold.yaml").read_text(encoding="utf-8"))
# Only cluster and patience are in these, nothing that is rendered.
NOT_RENDERED = {
    "--kube-context": 1,
    "--version": 1,
    "--wait": 0,
    "--create-namespace": 0,
    "--reset-then-reuse-values": 0,
}
ABOUT_NO_IMAGE = {"login", "load", "buildx create", "image prune", "builder prune"}
NAMED = re.compile(r"`((?:make|docker|kubectl|helm|skaffold|git) [^`]+)`")


def commands(text: str) -> list[list[str]]:
    """Every command in the sh blocks of a page, and in its sentences."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    sentences = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).splitlines() + [
        " ".join(each.split()) for each in NAMED.findall(sentences)
    ]
    parts = [part for line in lines if line.strip() for part in re.split(r"&&|\|", line)]
    split = [shlex.split(part.split("<")[0].split(" > ")[0], comments=True) for part in parts]
    return [words for words in split if words]


def problem(command: list[str], helm: Helm) -> str:
    """What is wrong with a command; empty if nothing is."""
    while re.fullmatch(r"[A-Z_]+=.*", command[0]):
        if command[0].split("=")[0] not in variables():
            return f"unknown variable {command[0]}"
        command = command[1:]
    check = CHECKS.get(command[0])
    return check(command[1:], helm) if check else f"nobody checks {command[0]}"


def variables() -> set[str]:
    """What .env.example has."""
    text = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^#(\w+)=", text, re.MULTILINE))


def _make(words: list[str], _: Helm) -> str:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    scripts = "".join(each.read_text(encoding="utf-8") for each in (REPOSITORY / "k8s").iterdir())
    target, *settings = words
    if not re.search(rf"^{target}:.*##", makefile, re.MULTILINE):
        return f"no target {target}"
    unknown = [each for each in settings if f"${{{each.split('=')[0]}" not in scripts]
    return f"unknown {unknown}" if unknown else ""


def _docker(words: list[str], helm: Helm) -> str:
    if words[0] == "compose":
        return _compose(words[1:], helm)
    if words[:2] == ["buildx", "imagetools"]:
        return _copied(*words[-2:])
    if " ".join(words[:2]) in ABOUT_NO_IMAGE or words[0] in ABOUT_NO_IMAGE:
        return ""
    mounted = {word.rpartition(":")[2] for word in words}
    if words[0] == "run" and "--read-only" in words and "/data" not in mounted:
        return "SQLite has nowhere to write"
    version = workspace()["version"]
    named = [word for word in words if re.search(r"\bproducts:\d", word)]
    return (
        ""
        if named and all(word.endswith(f"products:{version}") for word in named)
        else f"images {named}"
    )


def _copied(target: str, source: str) -> str:
    """From where something of this repository takes it, to the same place in a mirror."""
    text = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in ("docker-compose.yaml", "Dockerfile"))
    if f" {source}\n" not in text and f"={source}\n" not in text:
        return f"nobody needs {source}"
    return "" if target.partition("/")[2] == source.partition("/")[2] else f"{target} is not {source}"


def _compose(words: list[str], helm: Helm) -> str:
    services = COMPOSE["services"]
    while words[0] == "--profile":
        profiles = {each for service in services.values() for each in service.get("profiles", [])}
        if words[1] not in profiles:
            return f"no profile {words[1]}"
        words = words[2:]
    verb, *rest = words
    rest = [each for each in rest if not each.startswith("-")]
    if verb not in {"up", "logs", "run", "exec", "stop", "start", "pull"}:
        return f"unknown docker compose {verb}"
    if rest and rest[0] not in services:
        return f"no service {rest[0]}"
    if "pg_restore" in rest and not {"--clean", "--create", "--exit-on-error"} <= set(words):
        return "what is not in the backup stays, or half of it is restored"
    flags = [word for word in words[words.index(rest[0]) + 1 :]] if rest else []
    return _products(flags) if verb == "run" and rest[0] == "products" else ""


def _products(words: list[str]) -> str:
    """Gives the service a command in which nobody answers: 64 says that it does not take it."""
    here = [re.sub(r"http://[\w.-]+(:\d+)?", "http://127.0.0.1:1", word) for word in words]
    if here[0] == "smoke-test":
        here.append("--wait=100ms")
    if here[0] == "migrate":
        here += ["--set", "database.url=sqlite:///nowhere/products.db"]
    done = subprocess.run([binary(), *here], capture_output=True, text=True, env={}, cwd="/")
    return "" if done.returncode == 1 else f"exit status {done.returncode}: {done.stderr}"


def _helm(words: list[str], helm: Helm) -> str:
    verb, *rest = words
    if not rest:
        return ""
    flags = {word.split("=")[0] for word in rest if word.startswith("--")}
    known = helm.run(verb, *(rest[:1] if verb in {"repo", "registry"} else []), "--help")
    unknown = sorted(flag for flag in flags if flag not in known)
    if unknown:
        return f"helm {verb} has no {unknown}"
    if verb not in {"install", "upgrade"} or "kube-prometheus-stack" in rest[0]:
        return (
            ""
            if verb in {"repo", "registry"} or "products" in rest[0] or "kube-prometheus" in rest[0]
            else f"release {rest[0]}"
        )
    return _rendered(rest, helm)


def _rendered(words: list[str], helm: Helm) -> str:
    release, chart, *options = words
    if chart not in {"charts/products", "oci://registry.example.com/team/charts/products"}:
        return f"chart {chart}"
    left, kept = iter(options), []
    for option in left:
        if option in NOT_RENDERED:
            for _ in range(NOT_RENDERED[option]):
                next(left)
        else:
            kept.append(str(CHART / option) if option == "values-production.yaml" else option)
    try:
        helm.run("template", release, CHART, *kept)
    except Refused as refusal:
        return str(refusal)
    return ""


def _kubectl(words: list[str], _: Helm) -> str:
    if "wait" in words and "--timeout" not in words:
        return "kubectl gives up after 30 s"
    objects = {"deployment/products", "job/renew-cache"}
    for word in words:
        if "/" in word and word.split("/")[0] in {"deployment", "job"} and word not in objects:
            return f"no {word}"
        if word.endswith(".yaml") and not (REPOSITORY / word).is_file():
            return f"no file {word}"
    if "generic" not in words:
        return ""
    name = words[words.index("generic") + 1]
    key = words[words.index("generic") + 2].split("=")[1]
    return "" if (name, key) in secrets() else f"the chart reads no {key} of {name}"


def secrets() -> set[tuple[str, str]]:
    """Names and keys of the Secrets in the example of a real cluster."""
    production = yaml.safe_load((CHART / "values-production.yaml").read_text(encoding="utf-8"))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    parts = ("database", "cache", "management")
    return {
        (production[part]["existingSecret"], defaults[part]["existingSecretKey"]) for part in parts
    }


def _skaffold(words: list[str], _: Helm) -> str:
    profiles = {profile["name"] for profile in SKAFFOLD["profiles"]}
    given = {words[index + 1] for index, word in enumerate(words) if word == "--profile"}
    if words[0] == "deploy" and "--build-artifacts" in words and "--load-images" not in words:
        return "kind gets no image that another command has built"
    return "" if given <= profiles else f"profiles {given - profiles}"


def _copy(words: list[str], _: Helm) -> str:
    return "" if (REPOSITORY / words[0]).is_file() else f"no file {words[0]}"


def _elsewhere(_: list[str], __: Helm) -> str:
    """Programs of the machine that the page is about, with nothing of this repository in them."""
    return ""


CHECKS: dict[str, Callable[[list[str], Helm], str]] = {
    "make": _make,
    "docker": _docker,
    "helm": _helm,
    "kubectl": _kubectl,
    "skaffold": _skaffold,
    "cp": _copy,
    "chmod": _elsewhere,
    "curl": _elsewhere,
    "git": _elsewhere,
    "mkdir": _elsewhere,
    "gzip": _elsewhere,
    "sudo": _elsewhere,
    "openssl": _elsewhere,
    "ssh": _elsewhere,
}
