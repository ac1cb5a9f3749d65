"""The schema of values refuses what the chart would not look at, and knows what the service knows."""

import copy
import json

import jsonschema
import pytest
import yaml

from binary import configuration, keys
from helm import CHART, Refused

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())

# Keys of the service that `config` must not have.
_OWN = {
    "database.url": "it is in a Secret, or the chart's own SQLite",
    "cache.redis_url": "it is in a Secret",
    "auth.management_token_file": "management.existingSecret brings the file",
}

# Objects whose keys are anybody's: maps of text to text, and what a chart around this one shares.
_OPEN = {"/definitions/texts", "/properties/global"}


def every_object_in_the_schema_lists_its_keys():
    open_ones = {path for path, schema in _objects(SCHEMA) if schema.get("additionalProperties") is not False}

    assert open_ones == _OPEN


def the_walk_through_the_schema_sees_every_level():
    broken = copy.deepcopy(SCHEMA)
    del broken["properties"]["config"]["properties"]["health"]["properties"]["policy"]["additionalProperties"]

    open_ones = {path for path, schema in _objects(broken) if schema.get("additionalProperties") is not False}
    assert "/properties/config/properties/health/properties/policy" in open_ones


def _sections() -> list[str]:
    """Every object of values.yaml whose keys are not anybody's."""
    found = [""]
    for path, value in _walk(VALUES):
        if isinstance(value, dict) and not _is_open(path):
            found.append(path)
    return found


def _is_open(path: str) -> bool:
    try:
        jsonschema.validate(_with(path, {"any.example/key": "any"}), SCHEMA)
    except jsonschema.ValidationError:
        return False
    return True


def _walk(values: dict, prefix: str = ""):
    for key, value in values.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{key}.")


def _with(path: str, value: object) -> dict:
    values = copy.deepcopy(VALUES)
    *sections, key = path.split(".")
    spot = values
    for section in sections:
        spot = spot[section]
    spot[key] = value
    return values


@pytest.mark.parametrize("section", _sections())
def an_unknown_key_is_refused(helm, section):
    path = f"{section}.planted" if section else "planted"

    with pytest.raises(Refused, match="planted"):
        helm.render("--set", f"{path}=1")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("config.server.planted=1", "a key that the service has not"),
        ("config.database.url=postgres://u:p@h/d", "a secret in a ConfigMap"),
        ("config.tracing.otlp_endpoint=https://user:secret@host:4317", "a secret in a ConfigMap"),
        ("config.server.port=80", "a port that takes a right which the pod has not"),
        ("config.server.drain_delay=10", "a duration without a unit"),
        ("config.health.policy.database=maybe", "none of the choices"),
        ("image.tag=a b", "no tag"),
        ("image.pullPolicy=Sometimes", "none of the choices"),
        ("replicaCount=-1", "less than nothing"),
        ("service.type=ExternalName", "a Service that leads elsewhere"),
        ("serviceMonitor.enabled=yes", "neither auto, true nor false"),
        ("postgres.password=a/b@c", "a password that its URL would have to escape"),
        ("imagePullSecrets[0].secret=x", "an unknown key in a list"),
        ("networkPolicy.apiFrom[0].podSelector.labels.a=b", "an unknown key in a peer"),
        ("tolerations[0].effects=NoSchedule", "an unknown key in a toleration"),
        ("httpRoute.parentRefs[0].gateway=x", "an unknown key of a Gateway"),
        ("autoscaling.behavior.scaleUp.policies[0].period=1", "an unknown key in a policy"),
        ("resources.limits.gpu=1", "a resource that nothing here needs"),
        ("nodeSelector.disk=1", "a label that is no text"),
    ],
)
def a_wrong_value_is_refused(each_helm, value, reason):
    with pytest.raises(Refused, match="schema"):
        each_helm.render("--set", value)
        pytest.fail(reason)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("serviceMonitor.interval=1m30s", "Prometheus takes several units"),
        ("serviceMonitor.labels=null", "null takes a default away"),
        ("resources.limits=null", "no limit at all"),
        ("resources.limits.ephemeral-storage=1Gi", "what a quota may ask for"),
        ("image.repository=localhost:5000/products", "a registry of one's own"),
        ("service.nodePort=null", "any free port"),
    ],
)
def a_right_value_is_taken(each_helm, value, reason):
    try:
        each_helm.render("--set", value)
    except Refused as refusal:
        pytest.fail(f"{reason}: {refusal}")


def the_schema_has_every_key_of_the_service():
    of_the_service = set(keys(configuration())) - set(_OWN)
    config = SCHEMA["properties"]["config"]
    of_the_schema = {path for path, _ in _leaves(config)}

    missing, foreign = of_the_service - of_the_schema, of_the_schema - of_the_service
    assert not missing, f"add to properties.config in values.schema.json, or to _OWN here: {sorted(missing)}"
    assert not foreign, f"the service has no such keys: {sorted(foreign)}"


def the_schema_takes_every_default_of_the_service():
    defaults = {name: value for name, value in keys(configuration()).items() if name not in _OWN and value != ""}

    refused = []
    for name, value in defaults.items():
        try:
            jsonschema.validate({"config": _nested(name, value)}, SCHEMA)
        except jsonschema.ValidationError as error:
            refused.append(f"{name}: {error.message}")
    assert refused == []


def a_chart_may_have_this_one_as_a_part(each_helm, tmp_path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts/products").symlink_to(CHART)
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 1.0.0}")
    (tmp_path / "values.yaml").write_text("{global: {team: shop}, products: {replicaCount: 1}}")

    assert each_helm.documents(chart=tmp_path)


def _nested(name: str, value: object) -> dict:
    """`server.port` as the chart's values have it, with what the schema wants beside it."""
    nested: dict = {"server": {"port": 8000, "management_port": 9000}}
    *sections, key = name.split(".")
    spot = nested
    for section in sections:
        spot = spot.setdefault(section, {})
    spot[key] = value
    return nested


def _objects(schema: dict, path: str = ""):
    """Every schema of an object, wherever it stands."""
    if schema.get("type") == "object" or "properties" in schema:
        yield path, schema
    for part in ("properties", "definitions"):
        for name, each in schema.get(part, {}).items():
            yield from _objects(each, f"{path}/{part}/{name}")
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            yield from _objects(schema[part], f"{path}/{part}")


def _leaves(schema: dict, prefix: str = ""):
    for name, each in schema["properties"].items():
        if "properties" in each:
            yield from _leaves(each, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", each
