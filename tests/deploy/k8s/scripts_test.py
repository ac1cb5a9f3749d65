"""The scripts of k8s/, on machines that have what is needed, and that have not."""

import re

import pytest
import yaml
from helm import CHART, REPOSITORY, parse
from image.dockerfile import parse as parse_dockerfile
from image.dockerfile import workspace
from k8s.machine import Machine, real_helm

VERSION = workspace()["version"]
ALL = ("docker", "kind", "kubectl", "helm")


@pytest.fixture(name="installed")
def outcome_of_kind_up(tmp_path):
    outcome = Machine(tmp_path, *ALL).run("kind-up")
    assert outcome.status == 0, outcome.output
    return outcome


@pytest.fixture(name="objects")
def rendered_as_installed(installed, helm):
    release, _, *options = installed.call("helm", "upgrade")[3:]
    return parse(helm.run("template", release, CHART, *_for_rendering(options)))


def kind_up_names_everything_that_is_missing_before_it_does_anything(tmp_path):
    outcome = Machine(tmp_path, "docker").run("kind-up")

    assert outcome.status == 1
    assert re.findall(r"^missing: (\w+)", outcome.output, re.MULTILINE) == [
        "kind",
        "kubectl",
        "helm",
    ]
    assert outcome.calls == []


@pytest.mark.parametrize("script", ["kind-up", "kind-down", "image", "image-push"])
def an_engine_that_does_not_answer_is_missing(tmp_path, script):
    machine = Machine(tmp_path, *ALL, "podman")

    outcome = machine.run(script, ANSWERING="none", REGISTRY="registry.example")

    assert outcome.status == 1
    assert "missing: a container engine" in outcome.output
    assert outcome.order() == []


def kind_up_goes_from_nothing_to_an_installed_chart(installed):
    assert installed.order() == [
        "kind create",
        "docker build",
        "docker tag",
        "docker save",
        "kind load",
        "kubectl --context",
        "helm upgrade",
    ]
    assert installed.call("kind", "create")[-3] == "k8s/kind.yaml"
    assert installed.call("kubectl", "--context")[-1] == "k8s/namespace.yaml"


@pytest.mark.parametrize("others", [1, 10000], ids=["two clusters", "more than a pipe takes"])
def kind_up_keeps_a_cluster_that_is_there(tmp_path, others):
    clusters = " ".join(["products", *(f"other-{number}" for number in range(others))])

    outcome = Machine(tmp_path, *ALL).run("kind-up", CLUSTERS=clusters)

    assert outcome.status == 0, outcome.output
    assert "kind create" not in outcome.order()


def kind_up_tells_kind_of_podman(tmp_path):
    outcome = Machine(tmp_path, *ALL, "podman").run("kind-up", ANSWERING="podman")

    assert outcome.status == 0, outcome.output
    assert outcome.call("provider") == ["provider", "podman"]
    assert "podman build" in outcome.order()


@pytest.mark.parametrize("settings", [{}, {"KIND_CLUSTER": "shop"}], ids=["products", "shop"])
def everything_happens_in_the_cluster_that_kind_down_deletes(tmp_path, settings):
    machine = Machine(tmp_path, *ALL)
    name = settings.get("KIND_CLUSTER", "products")

    up = machine.run("kind-up", **settings)
    down = machine.run("kind-down", **settings)

    for call in (up.call("kind", "create"), up.call("kind", "load"), down.call("kind", "delete")):
        assert call[call.index("--name") + 1] == name
    assert up.call("kubectl")[1:3] == ["--context", f"kind-{name}"]
    upgrade = up.call("helm", "upgrade")
    assert upgrade[upgrade.index("--kube-context") + 1] == f"kind-{name}"
    assert "--wait" in upgrade, "the addresses are printed of what is up"


def names_of_images_in_the_environment_are_not_for_kind(tmp_path):
    outcome = Machine(tmp_path, *ALL).run("kind-up", IMAGE="debian", TOOLS_IMAGE="debian:13")

    assert outcome.status == 0, outcome.output
    assert outcome.call("docker", "save")[-1] == f"docker.io/library/products:{VERSION}"


def what_is_loaded_is_what_the_pods_run(installed, objects):
    loaded = installed.call("docker", "save")[-1]
    deployment = next(each for each in objects if each["kind"] == "Deployment")

    assert loaded == f"docker.io/library/products:{VERSION}"
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert f"docker.io/library/{container['image']}" == loaded
    assert container["imagePullPolicy"] == "IfNotPresent", "a loaded image is not pulled"
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["imageId"] == "sha256:0123456789abcdef"


def the_port_that_kind_up_prints_leads_to_the_api(installed, objects):
    cluster = yaml.safe_load((REPOSITORY / "k8s/kind.yaml").read_text(encoding="utf-8"))
    (mapping,) = cluster["nodes"][0]["extraPortMappings"]
    service = _service(objects, "products")

    assert service["type"] == "NodePort"
    assert service["ports"][0]["nodePort"] == mapping["containerPort"]
    assert f"http://localhost:{mapping['hostPort']}/products" in installed.output
    assert mapping["listenAddress"] == "127.0.0.1"
    assert cluster["apiVersion"] == "kind.x-k8s.io/v1alpha4"


def the_service_that_kind_up_names_has_the_metrics(installed, objects):
    name, port = re.search(r"port-forward service/([\w-]+) (\d+)", installed.output).groups()

    assert [each["port"] for each in _service(objects, name)["ports"]] == [int(port)]


def postgres_and_redis_are_installed_where_pods_are_restricted(objects):
    namespace = yaml.safe_load((REPOSITORY / "k8s/namespace.yaml").read_text(encoding="utf-8"))

    sets = sorted(each["metadata"]["name"] for each in objects if each["kind"] == "StatefulSet")
    assert sets == ["products-postgres", "products-redis"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["metadata"]["name"] == "products"


@pytest.mark.parametrize("target", ["products", "tools"])
def the_image_is_built_from_what_the_dockerfile_has(tmp_path, target):
    outcome = Machine(tmp_path, "docker").run("image", target, BUILD_ARGS="--pull --no-cache")

    command = outcome.call("docker", "build")
    stages = {stage.name: stage for stage in parse_dockerfile(_read("Dockerfile"))[1]}
    assert command[2:4] == ["--pull", "--no-cache"]
    assert command[command.index("--target") + 1] == target and target in stages
    known = {value.partition("=")[0] for value in stages["products"].values("ARG")}
    given = dict(each.split("=", 1) for each in command if re.match("[A-Z]+=", each))
    assert given.keys() == {"VERSION", "REVISION", "CREATED"} <= known
    assert given["VERSION"] == VERSION
    # With them the image's id changes at each build, and pods are replaced for nothing.
    assert outcome.call("attestations") == ["attestations", "1"]


def the_image_is_pushed_below_the_registry(tmp_path):
    machine = Machine(tmp_path, "docker")
    name = f"products:{VERSION}"

    outcome = machine.run("image-push", REGISTRY="registry.example/team", IMAGES=name)
    unbuilt = machine.run("image-push", REGISTRY="registry.example/team")
    nowhere = machine.run("image-push", IMAGES=name)

    assert outcome.order() == ["docker tag", "docker push"]
    assert outcome.call("docker", "push")[-1] == f"registry.example/team/{name}"
    assert unbuilt.status == 1 and "make image" in unbuilt.output
    assert nowhere.status != 0 and "REGISTRY=" in nowhere.output


def the_chart_is_packed_by_the_real_helm(tmp_path):
    package = REPOSITORY / f"target/charts/products-{VERSION}.tgz"
    package.unlink(missing_ok=True)

    outcome = Machine(tmp_path, helm=real_helm()).run("chart-package")

    assert outcome.status == 0, outcome.output
    assert package.is_file()


def the_chart_is_pushed_where_it_does_not_overwrite_the_image(tmp_path):
    outcome = Machine(tmp_path, "helm").run("chart-package", REGISTRY="registry.example/team")

    assert outcome.call("helm", "push")[-1] == "oci://registry.example/team/charts"
    assert outcome.call("helm", "push")[-2].endswith(f"products-{VERSION}.tgz")


@pytest.mark.parametrize(
    ("registry", "plain"),
    [
        ("localhost:5000", True),
        ("localhost/team", True),
        ("127.0.0.1:5000/team", True),
        ("localhost.example.com", False),
        ("registry.example/localhost", False),
    ],
)
def only_a_registry_of_this_machine_is_spoken_to_without_tls(tmp_path, registry, plain):
    outcome = Machine(tmp_path, "helm").run("chart-package", REGISTRY=registry)

    assert ("--plain-http" in outcome.call("helm", "push")) is plain


def _for_rendering(options: list[str]) -> list[str]:
    """The options of `helm upgrade` that decide what is rendered."""
    left = iter(options)
    kept = []
    for option in left:
        if option in ("--kube-context", "--timeout"):
            next(left)
        elif option != "--wait":
            kept.append(option)
    return kept


def _service(objects: list[dict], name: str) -> dict:
    (found,) = [
        each["spec"]
        for each in objects
        if each["kind"] == "Service" and each["metadata"]["name"] == name
    ]
    return found


def _read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")
