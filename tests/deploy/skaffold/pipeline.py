"""Reads skaffold.yaml, and says what is wrong with it: by schema, and by rendering the chart as
skaffold would have it rendered."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import yaml
from binary import binary
from helm import REPOSITORY, Helm, Refused, parse
from image.dockerfile import parse as parse_dockerfile
from skaffold.jobs import cut_off, job, refused

SCHEMA = json.loads((Path(__file__).parent / "schema.json").read_text(encoding="utf-8"))
# What skaffold knows of an image that it built for the cluster of this machine: no digest.
BUILT = {"IMAGE_REPO": "products", "IMAGE_TAG": "0123abc", "IMAGE_DIGEST": ""}
# What it knows of one that it pushed to a registry.
PUSHED = {**BUILT, "IMAGE_DIGEST": "sha256:0123456789abcdef"}
# http://SERVICE.NAMESPACE[:PORT][/PATH]
ADDRESS = re.compile(r"http://([\w-]+)\.([\w-]+)(?::(\d+))?(/\w+)?")
PROFILES = ("", "dev", "full", "test")
# Values with which nobody reaches the service but whom the chart itself lets through.
GUARDED = (
    "--set=networkPolicy.enabled=true",
    "--set=networkPolicy.apiFrom[0].podSelector.matchLabels.app=nobody",
)


def problems(text: str, helm: Helm) -> list[str]:
    """Everything that is wrong with the text of a skaffold.yaml of this repository."""
    pipeline = yaml.safe_load(text)
    errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(pipeline)
    found = [f"{error.json_path}: {error.message}" for error in errors]
    if found:
        return found
    found = profiles(pipeline) + artifacts(pipeline)
    for profile in PROFILES if not found else ():
        try:
            objects = render(pipeline, profile, helm)
        except (Refused, OSError, KeyError) as error:
            found.append(f"profile {profile!r} cannot be rendered: {error}")
            continue
        found += images(objects) + forwarded(pipeline, objects) + servers(profile, objects)
        found += addressed(pipeline, objects)
    return found or allowed(pipeline, render(pipeline, "full", helm, *GUARDED)) + commands(pipeline)


def profiles(pipeline: dict) -> list[str]:
    """The profiles that are documented are there."""
    names = {profile["name"] for profile in pipeline["profiles"]}
    return [] if names == set(PROFILES) - {""} else [f"profiles {sorted(names)}"]


def artifacts(pipeline: dict) -> list[str]:
    """What is built is in the Dockerfile, and what the chart and the tests run."""
    (artifact,) = pipeline["build"]["artifacts"]
    dockerfile = REPOSITORY / artifact["context"] / artifact["docker"]["dockerfile"]
    if not dockerfile.is_file():
        return [f"{dockerfile} is not there"]
    stages = [stage.name for stage in parse_dockerfile(dockerfile.read_text(encoding="utf-8"))[1]]
    found = []
    if artifact["docker"]["target"] != stages[-1]:
        found.append(f"target {artifact['docker']['target']} is not the service")
    for test in tests(pipeline):
        if test["container"]["image"] != artifact["image"]:
            found.append(f"{test['name']}: image {test['container']['image']} is not built")
    (release,) = pipeline["deploy"]["helm"]["releases"]
    pushed = expanded(release["setValueTemplates"].get("image.tag", ""), PUSHED)
    if pushed and pushed != f"{PUSHED['IMAGE_TAG']}@{PUSHED['IMAGE_DIGEST']}":
        found.append(f"from a registry the pods run {pushed}")
    return found


def tests(pipeline: dict) -> list[dict]:
    """What `skaffold verify` runs."""
    return [test for profile in pipeline["profiles"] for test in profile.get("verify", [])]


def render(pipeline: dict, profile: str, helm: Helm, *others: str) -> list[dict]:
    """The objects of a profile, with the arguments that skaffold gives to helm, and others."""
    (release,) = pipeline["deploy"]["helm"]["releases"]
    values = dict(release.get("setValues", {}))
    for each in pipeline["profiles"]:
        if each["name"] == profile:
            for patch in each.get("patches", []):
                values = patch["value"]
    options = [f"--set={name}={json.dumps(value)}" for name, value in values.items()]
    for name, template in release["setValueTemplates"].items():
        options.append(f"--set={name}={expanded(template, BUILT)}")
    options += [f"--values={REPOSITORY / file}" for file in release["valuesFiles"]]
    chart = REPOSITORY / release["chartPath"]
    place = ["--namespace", release["namespace"]]
    return parse(helm.run("template", release["name"], chart, *place, *options, *others))


def expanded(template: str, image: dict[str, str]) -> str:
    """A template of skaffold with what it knows of an image; it drops what an empty digest leaves."""
    text = re.sub(r"\{\{\.(\w+)_products\}\}", lambda match: image[match[1]], template)
    return text.removesuffix("@")


def images(objects: list[dict]) -> list[str]:
    """The pods run what was built."""
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    image = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return [] if image == "products:0123abc" else [f"the pods run {image}"]


def servers(profile: str, objects: list[dict]) -> list[str]:
    """PostgreSQL and Redis belong to the profile full, a volume to the plain pipeline."""
    sets = [each["metadata"]["name"] for each in objects if each["kind"] == "StatefulSet"]
    wanted = ["products-postgres", "products-redis"] if profile == "full" else []
    found = [] if sorted(sets) == wanted else [f"profile {profile!r} has {sets}"]
    claims = [each for each in objects if each["kind"] == "PersistentVolumeClaim"]
    if profile == "dev" and claims:
        found.append("the profile dev leaves a volume behind")
    return found


def services(objects: list[dict]) -> dict[str, dict[int, str]]:
    """The ports of each Service, with the names that they have in the pod."""
    return {
        each["metadata"]["name"]: {port["port"]: port["targetPort"] for port in each["spec"]["ports"]}
        for each in objects
        if each["kind"] == "Service"
    }


def forwarded(pipeline: dict, objects: list[dict]) -> list[str]:
    """What is forwarded is a port of a Service, to the ports of this machine that are documented."""
    (release,) = pipeline["deploy"]["helm"]["releases"]
    found = []
    for forward in pipeline["portForward"]:
        if forward["port"] not in services(objects).get(forward["resourceName"], {}):
            found.append(f"no Service {forward['resourceName']} with port {forward['port']}")
        if forward["namespace"] != release["namespace"]:
            found.append(f"{forward['resourceName']} is not in {forward['namespace']}")
    local = [forward["localPort"] for forward in pipeline["portForward"]]
    return found if local == [8000, 9000] else [*found, f"local ports {local}"]


def asked(test: dict) -> list[re.Match]:
    """The addresses in a test's arguments: whole, and in parts."""
    return [found for word in test["container"]["args"] if (found := ADDRESS.fullmatch(word))]


def addressed(pipeline: dict, objects: list[dict]) -> list[str]:
    """What the tests ask is there."""
    (release,) = pipeline["deploy"]["helm"]["releases"]
    found = []
    for test in tests(pipeline):
        for address in asked(test):
            name, namespace, port, _ = address.groups()
            known = services(objects).get(name, {})
            if int(port or 80) not in known or namespace != release["namespace"]:
                found.append(f"{test['name']}: nobody answers at {address[0]}")
    return found


def allowed(pipeline: dict, objects: list[dict]) -> list[str]:
    """The cluster runs the tests' Jobs, and the chart's policies let them through to what they ask."""
    (release,) = pipeline["deploy"]["helm"]["releases"]
    deployment = next(each for each in objects if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    found = []
    for test in tests(pipeline):
        try:
            made = job(test, container["image"])
        except OSError as error:
            found.append(f"{test['name']}: {error}")
            continue
        found += refused(made)
        for name, _, port, _ in (address.groups() for address in asked(test)):
            target = services(objects).get(name, {}).get(int(port or 80))
            if target:
                found += cut_off(made, objects, release["namespace"], ports[target])
    return found


def commands(pipeline: dict) -> list[str]:
    """The service takes the tests' commands: it only misses somebody who answers."""
    found = []
    for test in tests(pipeline):
        words = test["container"]["args"]
        here = [
            ADDRESS.sub(lambda match: f"http://127.0.0.1:1{match[4] or ''}", word) for word in words
        ]
        done = subprocess.run(
            [binary(), *here, "--wait=100ms"], capture_output=True, text=True, env={}, cwd="/"
        )
        if done.returncode != 1:
            found.append(f"{test['name']}: exit status {done.returncode}: {done.stderr}")
    return found
