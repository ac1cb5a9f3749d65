"""The combinations of values in which the chart is rendered."""

from dataclasses import dataclass
from pathlib import Path

from helm import CHART, Helm

OPERATOR = "monitoring.coreos.com/v1"

# Cases in a cluster that has the Prometheus operator.
_WATCHED = {"production", "external", "ephemeral"}


@dataclass(frozen=True)
class Case:
    """Values, and a cluster to render for."""

    name: str
    values: Path | None

    @property
    def arguments(self) -> list[str]:
        """What helm is told."""
        files = ["--values", str(self.values)] if self.values else []
        return files + (["--api-versions", OPERATOR] if self.name in _WATCHED else [])

    def documents(self, helm: Helm) -> list[dict]:
        """The objects of the release."""
        return helm.documents(*self.arguments)


def _all() -> dict[str, Case]:
    combinations = {
        path.name.removesuffix("-values.yaml"): path for path in CHART.glob("ci/*-values.yaml")
    }
    examples = {name: CHART / f"values-{name}.yaml" for name in ("dev", "production")}
    named = {"default": None} | examples | combinations
    return {name: Case(name, named[name]) for name in sorted(named)}


CASES = _all()
