"""docs/deployment.md: what it says can be done."""

import re

import pytest
import yaml
from binary import configuration
from chart.release import Release
from chart.restricted import hardened, restricted
from chart.schemas import known
from compose.composition import VARIABLE, schema
from compose.programs import effective, environment
from docs.commands import COMPOSE, commands, problem, variables
from helm import CHART, REPOSITORY
from image.dockerfile import parse, workspace

PAGE = REPOSITORY / "docs/deployment.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = commands(TEXT)

# What is replaced, by what, a word of the complaint.
FAULTS = [
    ("make kind-up", "make kind", "no target"),
    ("make image-push REGISTRY=", "make image-push REPOSITORY=", "REPOSITORY"),
    ("--profile traces", "--profile tracing", "no profile"),
    ("exec -T postgres pg_dump", "exec -T database pg_dump", "no service"),
    ("products:0.1.0\n", "products:0.0.9\n", "images"),
    ("OTLP_ENDPOINT=http", "OTLP=http", "unknown variable"),
    ("smoke-test api", "smoke-test apis", "exit status 64"),
    ("migrate --renew-cache-epoch", "migrate --renew-cache", "exit status 64"),
    ("--set redis.enabled=true", "--set redis.enable=true", "redis"),
    ("--reset-then-reuse-values", "--reset-and-reuse-values", "has no"),
    ("--values values-production.yaml", "--values values-prod.yaml", "values-prod.yaml"),
    ("--from-literal=tokens=", "--from-literal=token=", "reads no token"),
    ("k8s/renew-cache.yaml\nkubectl", "k8s/renew.yaml\nkubectl", "no file"),
    ("deployment/products --replicas 0", "deployment/product --replicas 0", "no deployment"),
    ("--profile test", "--profile tests", "profiles"),
    ("--load-images ", "", "gets no image"),
    ("--volume products-data:/data ", "", "nowhere to write"),
    ("--if-exists --create ", "--if-exists ", "stays"),
    ("job/renew-cache --timeout 5m", "job/renew-cache", "gives up"),
    ("openssl rand", "pwgen rand", "nobody checks"),
    ("cp .env.example", "cp env.example", "no file"),
    ("docker.io/library/postgres:18.6\n", "docker.io/library/postgres:18\n", "nobody needs"),
    ("mirror.example.com/library/postgres:18.6 ", "mirror.example.com/postgres:18.6 ", "is not"),
    ("docker save products:0.1.0 |", "docker save products:0.1 |", "images"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(command)[:60] for command in COMMANDS])
def a_command_of_the_page_can_be_meant(command, helm):
    assert problem(command, helm) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "word"), FAULTS, ids=[f"{fault[1].strip()}: {fault[2]}" for fault in FAULTS]
)
def a_fault_in_a_command_is_found(right, wrong, word, helm):
    assert right in TEXT, f"{right} is not in the page any more"
    changed = [each for each in commands(TEXT.replace(right, wrong)) if each not in COMMANDS]

    found = [problem(command, helm) for command in changed]

    assert any(word in each for each in found), found


def the_settings_of_the_cloud_machine_are_what_compose_and_the_service_take(tmp_path):
    settings = dict(re.findall(r"^   ([A-Z_]+)=(.*)$", TEXT, re.MULTILINE))
    assert settings.keys() <= variables()
    filled = _filled(COMPOSE, settings)

    assert schema(filled) == []
    server = effective(tmp_path, environment(filled["services"]["products"]))["server"]
    assert server["trusted_proxies"] == settings["TRUSTED_PROXIES"].split(",")
    assert filled["services"]["products"]["ports"][0] == "127.0.0.1:8000:8000"
    assert settings["COMPOSE_PROFILES"] in filled["services"]["caddy"]["profiles"]
    assert len(settings["POSTGRES_PASSWORD"]) == 2 * 24


def the_override_for_tokens_is_compose_and_configuration(tmp_path):
    (text,) = re.findall(r"```yaml\n(services:.*?)```", TEXT, re.DOTALL)
    override = yaml.safe_load(text)
    (tmp_path / "tokens").write_text("oncall:0123456789abcdef0123456789abcdef\n", encoding="utf-8")
    service = override["services"]["products"]
    (mounted,) = service["volumes"]
    (name, path), *none = service["environment"].items()

    assert schema(override) == [] and none == []
    assert mounted == f"./tokens:{path}:ro"
    auth = effective(tmp_path, {name: str(tmp_path / "tokens")})["auth"]
    assert auth["management_token_file"] == str(tmp_path / "tokens")


def every_image_that_is_needed_is_listed():
    listed = set(
        re.findall(r"^\| `([^`]+:[^`]+)` \| [a-z]", TEXT.split("images:begin")[1], re.MULTILINE)
    )
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    bases, _ = parse((REPOSITORY / "Dockerfile").read_text(encoding="utf-8"))
    pinned = {each["image"] for each in COMPOSE["services"].values() if "build" not in each}
    bundled = {
        f"{values[name]['image']['repository']}:{values[name]['image']['tag']}"
        for name in ("postgres", "redis")
    }

    assert listed == set(bases.values()) | pinned | bundled


def skaffold_writes_into_a_folder_that_is_there():
    build = next(each for each in COMMANDS if each[:2] == ["skaffold", "build"])
    folder = build[build.index("--file-output") + 1].rpartition("/")[0]

    assert ["mkdir", "-p", folder] in COMMANDS[: COMMANDS.index(build)]


def the_job_that_renews_the_cache_is_taken_by_any_cluster():
    text = (REPOSITORY / "k8s/renew-cache.yaml").read_text(encoding="utf-8")
    release = Release([yaml.safe_load(text)], {})

    assert known(release) == [] and restricted(release) == [] and hardened(release) == []
    assert f"image: registry.example.com/team/products:{workspace()['version']}\n" in text


def every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, anchor = target.partition("#")
        page = (PAGE.parent / path) if path else PAGE
        assert page.exists(), f"{target} is not there"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def the_ports_of_the_page_are_those_of_compose():
    addresses = set(re.findall(r"<http://localhost:(\d+)", TEXT))
    published = {
        match[2]
        for service in COMPOSE["services"].values()
        for port in service.get("ports", [])
        for match in VARIABLE.finditer(port)
        if match[1].endswith("_PORT")
    }

    assert addresses == published
    assert configuration("--port", "8000")["server"]["port"] == 8000


def _filled(tree: object, settings: dict[str, str]) -> object:
    """The compose file with these settings, and defaults for the rest."""
    if isinstance(tree, dict):
        return {name: _filled(value, settings) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(value, settings) for value in tree]
    if isinstance(tree, str):
        return VARIABLE.sub(lambda match: settings.get(match[1], match[2] or ""), tree)
    return tree
