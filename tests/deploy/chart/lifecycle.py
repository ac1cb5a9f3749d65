"""Whether pods come, go and multiply as the database that they have allows."""

import math
import re

from chart.release import Release

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "": 1}

# What an orchestrator has to wait on top of the service's own times: docs/operations.md.
_LAST_SECOND = 1


def rollout(release: Release) -> list[str]:
    """Where an upgrade would interrupt the service, or have two pods on SQLite."""
    deployment = release.of_kind("Deployment")[0]["spec"]
    strategy = deployment["strategy"]
    scaled = bool(release.of_kind("HorizontalPodAutoscaler"))
    complaints = []
    if _is_sqlite(release):
        if strategy != {"type": "Recreate"}:
            complaints.append(f"SQLite under {strategy}: two pods at once")
        if scaled or deployment.get("replicas") != 1:
            complaints.append("SQLite with several pods")
    elif strategy.get("rollingUpdate", {}).get("maxUnavailable") != 0:
        complaints.append(f"{strategy}: an upgrade takes pods away before others are ready")
    if scaled == ("replicas" in deployment):
        complaints.append("an upgrade would undo what the autoscaler decided, or nobody decides")
    return complaints + _grace(release)


def budgets(release: Release) -> list[str]:
    """Where a node could never be drained, or of all pods at once."""
    fewest = release.of_kind("Deployment")[0]["spec"].get("replicas")
    for scaler in release.of_kind("HorizontalPodAutoscaler"):
        fewest = scaler["spec"]["minReplicas"]
        if scaler["spec"]["scaleTargetRef"]["name"] != release.of_kind("Deployment")[0]["metadata"]["name"]:
            return ["the HorizontalPodAutoscaler scales what is not there"]
    found = release.of_kind("PodDisruptionBudget")
    if fewest < 2 and found:
        return ["a PodDisruptionBudget for one pod keeps its node from being drained"]
    if fewest >= 2 and not found and release.values["podDisruptionBudget"]["enabled"]:
        return ["a node could be drained of all pods at once"]
    return ["a PodDisruptionBudget allows nothing" for each in found if each["spec"].get("maxUnavailable") != 1]


def _grace(release: Release) -> list[str]:
    server = release.configuration()["server"]
    needed = seconds(server["drain_delay"]) + seconds(server["shutdown_timeout"]) + _LAST_SECOND
    given = release.service_pod().spec.get("terminationGracePeriodSeconds", 30)
    if given < needed:
        return [f"pods are killed after {given} s and need {needed} s"]
    return []


def _is_sqlite(release: Release) -> bool:
    return release.configuration().get("database", {}).get("url", "").startswith("sqlite:")


def seconds(duration: str) -> int:
    """A duration of the configuration, rounded up."""
    number, unit = re.fullmatch(r"(\d+)(\w*)", duration).groups()
    return math.ceil(int(number) * _SECONDS[unit])
