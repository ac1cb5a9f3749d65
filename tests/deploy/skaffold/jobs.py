"""The Jobs of `skaffold verify`, made as skaffold makes them, and whether the cluster lets them work.

https://github.com/GoogleContainerTools/skaffold/blob/main/pkg/skaffold/verify/k8sjob/verify.go
"""

import copy
import json

import yaml
from chart.networks import HOME, End, reaches
from chart.release import Pod, Release
from chart.restricted import hardened, restricted
from chart.schemas import known
from helm import REPOSITORY

# Where a Job goes that does not say where: to the namespace of whoever calls.
_ELSEWHERE = "default"
_NAMES = End("the name server", {"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})


def job(test: dict, image: str) -> dict:
    """The Job of a test, with an image that was built."""
    mode = test["executionMode"]["kubernetesCluster"]
    made = _from_manifest(mode["jobManifestPath"]) if "jobManifestPath" in mode else _generic()
    pod, wanted = made["spec"]["template"], test["container"]
    made["metadata"] |= {"name": test["name"], "namespace": made["metadata"].get("namespace", _ELSEWHERE)}
    pod.setdefault("metadata", {}).setdefault("labels", {})["skaffold.dev/run-id"] = "0123"
    pod["spec"]["restartPolicy"] = "Never"
    # One that the manifest does not have gets nothing from it, without a complaint.
    container = next((each for each in pod["spec"]["containers"] if each["name"] == wanted["name"]), {})
    pod["spec"]["containers"] = [container | wanted | {"image": image}]
    return _merged(made, json.loads(mode.get("overrides", "{}")))


def refused(made: dict) -> list[str]:
    """Why a namespace that enforces the restricted standard would not run it."""
    release = Release([made], {})
    found = known(release) + restricted(release) + hardened(release)
    if made["spec"].get("backoffLimit") != 0:
        found.append("what has failed is tried again, unseen by skaffold")
    return [f"{made['metadata']['name']}: {complaint}" for complaint in found]


def cut_off(made: dict, objects: list[dict], namespace: str, port: int) -> list[str]:
    """What the policies of the release in this namespace keep it from: a port of the service, or names."""
    release = Release(objects, {})
    (pod,) = Release([made], {}).pods()
    place = made["metadata"]["namespace"]
    source = _end(pod, HOME if place == namespace else {"kubernetes.io/metadata.name": place})
    found = []
    if not reaches(release, source, _end(release.service_pod(), HOME), port):
        found.append(f"port {port}")
    if not reaches(release, source, _NAMES, 53, "UDP"):
        found.append("names")
    return [f"{source.name}: policies keep it from {each}" for each in found]


def _end(pod: Pod, namespace: dict) -> End:
    return End(pod.name, pod.labels, namespace)


def _from_manifest(path: str) -> dict:
    """A copy, since in a file with anchors several parts are the same object."""
    return copy.deepcopy(yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8")))


def _generic() -> dict:
    """What skaffold begins with that has no manifest."""
    spec = {"backoffLimit": 0, "template": {"metadata": {"labels": {}}, "spec": {"containers": []}}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {}, "spec": spec}


def _merged(target: dict, patch: dict) -> dict:
    """By RFC 7396: null deletes, what is no object takes the place of what was there."""
    merged = dict(target)
    for name, value in patch.items():
        below = merged.pop(name, None)
        if isinstance(value, dict):
            merged[name] = _merged(below if isinstance(below, dict) else {}, value)
        elif value is not None:
            merged[name] = value
    return merged
