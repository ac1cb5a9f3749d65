"""The restricted Pod Security Standard, rule by rule, and what the chart promises beyond it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from chart.release import Pod, Release

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def restricted(release: Release) -> list[str]:
    """Where a namespace that enforces the standard would refuse a pod."""
    return [
        f"{pod.name}: {complaint}"
        for pod in release.pods()
        for complaint in _pod(pod) + [each for one in pod.containers for each in _container(pod, one)]
    ]


def hardened(release: Release) -> list[str]:
    """Where a pod can do more than it needs, or take more than it asked for."""
    return [f"{pod.name}: {complaint}" for pod in release.pods() for complaint in _hardening(pod)]


def _pod(pod: Pod) -> list[str]:
    context = pod.spec.get("securityContext", {})
    rules = {
        "shares the host's namespaces": any(
            pod.spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")
        ),
        "sets sysctls": bool(context.get("sysctls")),
        "sets windowsOptions": "windowsOptions" in context,
        "sets SELinux or AppArmor options": bool({"seLinuxOptions", "appArmorProfile"} & set(context)),
        "runs as root": context.get("runAsUser") == 0,
        "has a volume of a forbidden type": any(
            not set(volume) - {"name"} <= _VOLUMES for volume in pod.spec.get("volumes", [])
        ),
    }
    return [rule for rule, broken in rules.items() if broken]


def _container(pod: Pod, container: dict) -> list[str]:
    context = container.get("securityContext", {})
    both = pod.spec.get("securityContext", {}) | context
    capabilities = context.get("capabilities", {})
    probes = [container.get(f"{kind}Probe", {}) for kind in ("startup", "liveness", "readiness")]
    rules = {
        "is privileged": bool(context.get("privileged")),
        "may gain privileges": context.get("allowPrivilegeEscalation") is not False,
        "keeps capabilities": "ALL" not in capabilities.get("drop", []),
        "adds capabilities": not set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"},
        "may run as root": both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0,
        "has no seccomp profile": both.get("seccompProfile", {}).get("type")
        not in {"RuntimeDefault", "Localhost"},
        "changes /proc": context.get("procMount", "Default") != "Default",
        "sets SELinux or AppArmor options": bool({"seLinuxOptions", "appArmorProfile"} & set(context)),
        "takes a port of the host": any("hostPort" in port for port in container.get("ports", [])),
        "is probed at another host": any("host" in probe.get("httpGet", {}) for probe in probes),
    }
    return [f"{container['name']} {rule}" for rule, broken in rules.items() if broken]


def _hardening(pod: Pod) -> list[str]:
    context = pod.spec.get("securityContext", {})
    numeric = all(isinstance(context.get(name), int) for name in ("runAsUser", "runAsGroup", "fsGroup"))
    rules = {
        "mounts a token": pod.spec.get("automountServiceAccountToken") is not False,
        "is given other Services as variables": pod.spec.get("enableServiceLinks") is not False,
        "has no numeric user and group": not numeric,
    }
    for container in pod.containers:
        resources = container.get("resources", {})
        read_only = container.get("securityContext", {}).get("readOnlyRootFilesystem")
        rules |= {
            f"{container['name']} may write to its image": read_only is not True,
            f"{container['name']} requests nothing": not {"cpu", "memory"}
            <= set(resources.get("requests", {})),
            f"{container['name']} has no memory limit": "memory" not in resources.get("limits", {}),
        }
    return [rule for rule, broken in rules.items() if broken]
