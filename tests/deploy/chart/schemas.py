"""Whether the API server knows every field: of Kubernetes itself, old and new, and of what others add to it."""

from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

from chart.release import Release

# The oldest version that Chart.yaml allows, and the newest whose schemas there are.
VERSIONS = ("1.28", kubernetes_validate.latest_version())

_OTHERS = {
    "ServiceMonitor": "servicemonitor.yaml",
    "HTTPRoute": "httproute.yaml",
}


def known(release: Release) -> list[str]:
    """Fields and values that some API server would refuse, or drop without a word."""
    complaints = []
    for document in release.documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        complaints += [f"{name}: {complaint}" for complaint in _complaints(document)]
        complaints += [f"{name}: null at {path}" for path in _nulls(document)]
    return complaints


def _complaints(document: dict) -> list[str]:
    if schema := _OTHERS.get(document["kind"]):
        text = (Path(__file__).parent / "schemas" / schema).read_text()
        errors = jsonschema.Draft202012Validator(yaml.safe_load(text)).iter_errors(document)
        return [error.message for error in errors]
    complaints = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            complaints.append(f"{error.message} (Kubernetes {version})")
    return complaints


def _nulls(value: object, path: str = "") -> list[str]:
    """Helm 3 takes a null for the wish to delete, the API server for nothing."""
    if value is None:
        return [path]
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in _nulls(each, f"{path}/{key}")]
    if isinstance(value, list):
        return [found for index, each in enumerate(value) for found in _nulls(each, f"{path}/{index}")]
    return []
