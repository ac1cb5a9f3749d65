"""Whether ports, paths, references and variables lead where they should."""

import re

from chart.release import Pod, Release

# What the service serves on its management port, for probes.
_PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


def ports(release: Release) -> list[str]:
    """Where Services, containers, probes and the configuration disagree about ports and paths."""
    complaints = []
    server = release.configuration()["server"]
    (container,) = release.service_pod().containers
    known = {port["name"]: port["containerPort"] for port in container["ports"]}
    if known != {"http": server["port"], "management": server["management_port"]}:
        complaints.append(f"the container's ports {known} are not the configuration's")
    for probe, path in _PROBES.items():
        get = container.get(probe, {}).get("httpGet", {})
        if get.get("port") != "management" or get.get("path") != path:
            complaints.append(f"the {probe} asks {get}, where nobody answers")
    for pod in release.pods():
        complaints += _exec_probes(pod)
    return complaints


def _exec_probes(pod: Pod) -> list[str]:
    if pod.owner["kind"] != "StatefulSet":
        return []
    (container,) = pod.containers
    return [f"{pod.name}: has no {probe}" for probe in _PROBES if not container.get(probe, {}).get("exec")]


def addresses(release: Release) -> list[str]:
    """Where a URL in the release names a Service or a port that is not there."""
    known = {
        (service["metadata"]["name"], str(port["port"]))
        for service in release.of_kind("Service")
        for port in service["spec"]["ports"]
    }
    urls = [url for secret in release.of_kind("Secret") for url in [secret["stringData"]["url"]]]
    urls += [each for pod in release.pods() if pod.owner["kind"] == "Pod" for each in pod.containers[0]["args"] if "://" in each]
    return [
        f"nobody listens at {host}:{port}"
        for host, port in (re.fullmatch(r"\w+://(?:[^@]*@)?([^:/]+):(\d+).*", url).groups() for url in urls)
        if (host, port) not in known
    ]


def references(release: Release) -> list[str]:
    """Where a pod refers to what neither the release nor its values bring, or does without."""
    there = {(each["kind"], each["metadata"]["name"]) for each in release.documents}
    outside = _named_by_values(release.values)
    complaints = []
    for pod in release.pods():
        for kind, reference in referred(pod):
            name = reference.get("name") or reference.get("secretName") or reference.get("claimName")
            if (kind, name) not in there and name not in outside:
                complaints.append(f"{pod.name}: the {kind} {name} is not there")
            if reference.get("optional"):
                complaints.append(f"{pod.name}: would start without the {kind} {name}")
    return complaints + _keys(release)


def referred(pod: Pod) -> list[tuple[str, dict]]:
    """Kinds of the objects that a pod needs, with how it names them."""
    found = [("Secret", each) for each in pod.spec.get("imagePullSecrets", [])]
    kinds = {"configMap": "ConfigMap", "secret": "Secret", "persistentVolumeClaim": "PersistentVolumeClaim"}
    for volume in pod.spec.get("volumes", []):
        found += [(kind, volume[key]) for key, kind in kinds.items() if key in volume]
    for container in pod.containers:
        sources = [each.get("valueFrom", {}) for each in container.get("env", [])]
        found += [("Secret", each["secretKeyRef"]) for each in sources if "secretKeyRef" in each]
    if account := pod.spec.get("serviceAccountName"):
        found.append(("ServiceAccount", {"name": account}))
    return found


def _named_by_values(values: dict) -> set[str]:
    names = {"default", values["serviceAccount"]["name"]}
    names |= {values[part]["existingSecret"] for part in ("database", "cache", "management")}
    names |= {values["certificates"]["existingConfigMap"], values["persistence"]["existingClaim"]}
    return (names | {each["name"] for each in values["imagePullSecrets"]}) - {""}


def _keys(release: Release) -> list[str]:
    """Secrets of the release have the keys that its pods ask for."""
    secrets = {each["metadata"]["name"]: set(each["stringData"]) for each in release.of_kind("Secret")}
    wanted = [
        (each["valueFrom"]["secretKeyRef"]["name"], each["valueFrom"]["secretKeyRef"]["key"])
        for pod in release.pods()
        for container in pod.containers
        for each in container.get("env", [])
        if "secretKeyRef" in each.get("valueFrom", {})
    ]
    return [f"the Secret {name} has no key {key}" for name, key in wanted if key not in secrets.get(name, {key})]


def variables(release: Release) -> list[str]:
    """Where $(NAME) stands before NAME, or volumes and their mounts do not belong together."""
    complaints = []
    for pod in release.pods():
        volumes = {volume["name"] for volume in pod.spec.get("volumes", [])}
        mounted = {mount["name"] for each in pod.containers for mount in each.get("volumeMounts", [])}
        if volumes != mounted:
            complaints.append(f"{pod.name}: volumes {sorted(volumes ^ mounted)} are not mounted, or not there")
        for container in pod.containers:
            known = set()
            for variable in container.get("env", []):
                unknown = set(re.findall(r"\$\((\w+)\)", variable.get("value", ""))) - known
                complaints += [f"{pod.name}: {variable['name']} stands before {name}" for name in unknown]
                known.add(variable["name"])
            asked = re.findall(r"\$\((\w+)\)", " ".join(container.get("args", [])))
            complaints += [f"{pod.name}: no variable {name}" for name in asked if name not in known]
    return complaints
