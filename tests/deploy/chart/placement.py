"""Whether every pod gets its image, and runs, where the values say."""

from chart.release import Pod, Release, matches


def placed(release: Release) -> list[str]:
    """Where a pod goes to other nodes, or asks for its image otherwise, than the values want, or is spread among strangers."""
    return [f"{pod.name}: {complaint}" for pod in release.pods() for complaint in _pod(pod, release.values)]


def _pod(pod: Pod, values: dict) -> list[str]:
    spec = pod.spec
    spreads = spec.get("topologySpreadConstraints", [])
    rules = {
        "pulls without its Secrets": spec.get("imagePullSecrets", []) != values["imagePullSecrets"],
        "pulls when it should not": any(
            each["imagePullPolicy"] != values["image"]["pullPolicy"] for each in pod.containers
        ),
        "runs on any node": spec.get("nodeSelector", {}) != values["nodeSelector"],
        "bears no taint, or others": spec.get("tolerations", []) != values["tolerations"],
        "is spread among other pods": any(not matches(each["labelSelector"], pod.labels) for each in spreads),
    }
    return [rule for rule, broken in rules.items() if broken]
