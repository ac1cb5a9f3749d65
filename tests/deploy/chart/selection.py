"""Whether objects find each other: by labels, by port and by name."""

import re

from chart.release import Release, matches

# What a workload's selector may name: it can never change, so nothing that an upgrade changes.
_STABLE = {"app.kubernetes.io/name", "app.kubernetes.io/instance"}

_LABELS = _STABLE | {
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "helm.sh/chart",
}


def selected(release: Release) -> list[str]:
    """Where a selector finds nothing, too much, or may not be changed one day."""
    return _workloads(release) + _services(release) + _budgets(release) + _monitors(release)


def labelled(release: Release) -> list[str]:
    """Where labels or names are missing, or are none that the API server takes."""
    complaints = []
    for document in release.documents:
        metadata = document["metadata"]
        name = f"{document['kind']} {metadata['name']}"
        longest = 52 if document["kind"] == "StatefulSet" else 63
        if len(metadata["name"]) > longest or not re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", metadata["name"]):
            complaints.append(f"{name}: its name is none")
        if missing := _LABELS - set(metadata.get("labels", {})):
            complaints.append(f"{name}: labels {sorted(missing)} are missing")
        for value in metadata.get("labels", {}).values():
            if not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", value):
                complaints.append(f"{name}: {value!r} is no label")
    return complaints


def _workloads(release: Release) -> list[str]:
    complaints = []
    for owner in release.of_kind("Deployment", "StatefulSet"):
        selector = owner["spec"]["selector"]
        chosen = [pod for pod in release.pods() if matches(selector, pod.labels)]
        if [pod.owner for pod in chosen] != [owner]:
            complaints.append(f"{owner['metadata']['name']}: selects {[pod.name for pod in chosen]}")
        if set(selector["matchLabels"]) != _STABLE:
            complaints.append(f"{owner['metadata']['name']}: an upgrade would change its selector")
    return complaints


def _services(release: Release) -> list[str]:
    complaints = []
    for service in release.of_kind("Service"):
        name = service["metadata"]["name"]
        chosen = [pod for pod in release.pods() if matches({"matchLabels": service["spec"]["selector"]}, pod.labels)]
        if len(chosen) != 1 or chosen[0].owner["kind"] not in {"Deployment", "StatefulSet"}:
            complaints.append(f"Service {name}: leads to {[pod.name for pod in chosen]}")
            continue
        known = {port["name"] for each in chosen[0].containers for port in each.get("ports", [])}
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in known:
                complaints.append(f"Service {name}: no container has the port {port['targetPort']}")
    return complaints


def _budgets(release: Release) -> list[str]:
    labels = release.service_pod().labels
    return [
        f"PodDisruptionBudget {budget['metadata']['name']}: is not about the service"
        for budget in release.of_kind("PodDisruptionBudget")
        if not matches(budget["spec"]["selector"], labels)
    ]


def _monitors(release: Release) -> list[str]:
    complaints = []
    for monitor in release.of_kind("ServiceMonitor"):
        spec = monitor["spec"]
        services = [each for each in release.of_kind("Service") if matches(spec["selector"], each["metadata"]["labels"])]
        for endpoint in spec["endpoints"]:
            found = [each for each in services if endpoint["port"] in {port["name"] for port in each["spec"]["ports"]}]
            if len(found) != 1:
                complaints.append(f"ServiceMonitor: {len(found)} Services have the port {endpoint['port']}")
            if found and found[0]["metadata"]["labels"].get(spec["jobLabel"]) != "products":
                complaints.append("ServiceMonitor: the job is not products, as rules want it")
    return complaints
