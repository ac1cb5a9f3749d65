"""A rendered release, and how to find one's way in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from chart.cases import Case
from helm import CHART, Helm

_WORKLOADS = {"Deployment", "StatefulSet", "Job"}


@dataclass(frozen=True)
class Pod:
    """A pod as its workload, or the release itself, makes it."""

    owner: dict
    labels: dict
    annotations: dict
    spec: dict

    @property
    def name(self) -> str:
        """How complaints call it."""
        return f"{self.owner['kind']} {self.owner['metadata']['name']}"

    @property
    def containers(self) -> list[dict]:
        """Every container, those that run before the others included."""
        return self.spec.get("initContainers", []) + self.spec["containers"]


@dataclass(frozen=True)
class Release:
    """Objects, and the values that they were made from."""

    documents: list[dict]
    values: dict

    def of_kind(self, *kinds: str) -> list[dict]:
        """The objects of these kinds."""
        return [document for document in self.documents if document["kind"] in kinds]

    def one(self, kind: str, name: str = "shop-products") -> dict:
        """The object of that kind and name."""
        (found,) = [each for each in self.of_kind(kind) if each["metadata"]["name"] == name]
        return found

    def pods(self) -> list[Pod]:
        """Every pod that the release may run."""
        return list(self._pods())

    def service_pod(self) -> Pod:
        """The pod of the service itself."""
        (pod,) = [pod for pod in self.pods() if pod.owner["kind"] == "Deployment"]
        return pod

    def configuration(self) -> dict:
        """The file that the service reads."""
        (text,) = [document["data"]["products.yaml"] for document in self.of_kind("ConfigMap")]
        return yaml.safe_load(text)

    def _pods(self) -> Iterator[Pod]:
        for document in self.documents:
            if document["kind"] in _WORKLOADS:
                metadata = document["spec"]["template"]["metadata"]
                spec = document["spec"]["template"]["spec"]
            elif document["kind"] == "Pod":
                metadata, spec = document["metadata"], document["spec"]
            else:
                continue
            yield Pod(document, metadata["labels"], metadata.get("annotations", {}), spec)


def release(helm: Helm, case: Case) -> Release:
    """The release of a case."""
    own = yaml.safe_load(case.values.read_text()) if case.values else {}
    return Release(case.documents(helm), merge(yaml.safe_load((CHART / "values.yaml").read_text()), own))


def merge(below: dict, above: dict) -> dict:
    """Values over values, as helm lays them."""
    merged = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if nested else value
    return merged


def matches(selector: dict, labels: dict) -> bool:
    """Whether labels are what a selector wants; an empty selector wants all."""
    wanted = selector.get("matchLabels", {})
    unknown = set(selector) - {"matchLabels"}
    assert not unknown, f"selectors with {unknown} are not understood here"
    return all(labels.get(name) == value for name, value in wanted.items())
