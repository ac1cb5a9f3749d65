"""Whether hooks run when they should, and find then what they need."""

from chart.release import Pod, Release, matches
from chart.wiring import referred

# Helm waits for pods before it runs what comes after an installation, and pods wait for the schema.
_BEFORE = {"pre-install", "pre-upgrade"}


def hooks(release: Release) -> list[str]:
    """Where a Job of the release runs too late, or before what it needs is there."""
    complaints = []
    for pod in release.pods():
        if pod.owner["kind"] != "Job":
            continue
        if _events(pod.owner) != _BEFORE:
            complaints.append(f"{pod.name}: runs {sorted(_events(pod.owner))}, and pods wait for it")
        complaints += _too_early(release, pod) + _locked_in(release, pod)
    return complaints


def _too_early(release: Release, pod: Pod) -> list[str]:
    there = {(each["kind"], each["metadata"]["name"]) for each in release.documents}
    return [
        f"{pod.name}: runs before the {kind} is there"
        for kind, reference in referred(pod)
        if (kind, reference.get("name")) in there
    ]


def _locked_in(release: Release, pod: Pod) -> list[str]:
    """A namespace may forbid what no policy allows, so the Job's own must be there when it starts."""
    if not release.of_kind("NetworkPolicy"):
        return []
    own = [each for each in release.of_kind("NetworkPolicy") if matches(each["spec"]["podSelector"], pod.labels)]
    earlier = [each for each in own if _events(each) == _BEFORE and _weight(each) < _weight(pod.owner)]
    return [] if earlier else [f"{pod.name}: runs before a NetworkPolicy lets it out"]


def _events(document: dict) -> set[str]:
    return set(document["metadata"].get("annotations", {}).get("helm.sh/hook", "").split(","))


def _weight(document: dict) -> int:
    return int(document["metadata"].get("annotations", {}).get("helm.sh/hook-weight", 0))
