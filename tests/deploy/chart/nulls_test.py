"""A value that is taken away, as `--set KEY=null` does, is asked for with a sentence, or was not needed."""

import pytest
import yaml

from chart.release import Release, merge
from chart.schemas import known
from helm import CHART, Refused

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())

# Keys that have defaults, and what holds without them.
_OTHERS = {
    "config.server.drain_delay": "the service's own default",
    "config.server.shutdown_timeout": "the service's own default",
    "config.database": "the service's own defaults",
    "autoscaling.cpuUtilization": "it is not looked at",
    "autoscaling.behavior": "the autoscaler's own",
    "topologySpread.topologyKeys": "pods are spread over nothing",
    "resources": "nothing is requested, nothing limited",
    "postgres.resources": "nothing is requested, nothing limited",
    "redis.resources": "nothing is requested, nothing limited",
}

_BUNDLED = """
replicaCount: 2
postgres: {enabled: true}
redis: {enabled: true}
ingress: {enabled: true}
networkPolicy: {enabled: true}
"""
_EXTERNAL = """
database: {existingSecret: a}
cache: {existingSecret: b}
management: {existingSecret: c}
migration: {hook: true}
service: {type: LoadBalancer}
networkPolicy: {enabled: true}
serviceMonitor: {enabled: true}
autoscaling: {enabled: true, memoryUtilization: 80}
resources: {requests: {memory: 128Mi}}
httpRoute: {enabled: true, parentRefs: [{name: d}]}
"""
_BASES = {"alone": {}, "bundled": yaml.safe_load(_BUNDLED), "external": yaml.safe_load(_EXTERNAL)}


def _keys(values: dict, prefix: str = ""):
    for key, value in values.items():
        yield f"{prefix}{key}", value
        if isinstance(value, dict):
            yield from _keys(value, f"{prefix}{key}.")


def _is_empty(default: object) -> bool:
    return not default and default is not False


def _is_dispensable(key: str) -> bool:
    return any(f"{key}.".startswith(f"{each}.") for each in _OTHERS)


_DEFAULTS = dict(_keys(VALUES))
_EMPTY = [key for key, default in _DEFAULTS.items() if _is_empty(default) and not _is_dispensable(key)]
_INSIDE = [key for key in _DEFAULTS if _is_dispensable(key) and not isinstance(_DEFAULTS[key], dict)]
_NEEDED = [key for key in _DEFAULTS if key not in _EMPTY and not _is_dispensable(key)]
_SECTIONS = [key for key in _NEEDED if isinstance(_DEFAULTS[key], dict)]


@pytest.mark.parametrize("section", _SECTIONS)
def a_section_that_is_taken_away_is_asked_for(each_helm, section):
    with pytest.raises(Refused) as refusal:
        each_helm.render("--set", f"{section}=null")

    assert f"products: {section} is null, or missing where" in str(refusal.value)
    assert "leave it out to have its default" in str(refusal.value)
    remedy = f"or set {section}.enabled=false to go without"
    assert (remedy in str(refusal.value)) == (f"{section}.enabled" in _DEFAULTS)


@pytest.mark.parametrize("key", [key for key in _NEEDED if key not in _SECTIONS])
def a_value_that_is_taken_away_is_asked_for(helm, key):
    with pytest.raises(Refused, match=f"products: {key} is null"):
        helm.render("--set", f"{key}=null")


@pytest.mark.parametrize("keys", [list(_OTHERS), _INSIDE], ids=["as a whole", "what is in them"])
@pytest.mark.parametrize("base", _BASES)
def what_is_not_needed_may_be_taken_away(each_helm, tmp_path, base, keys):
    arguments = _file(tmp_path, merge(_without(keys), _BASES[base]))

    assert known(Release(each_helm.documents(*arguments), {})) == []


@pytest.mark.parametrize("base", _BASES)
def what_is_empty_may_as_well_be_missing(each_helm, tmp_path, base):
    (tmp_path / "given").mkdir()
    given = _file(tmp_path / "given", _BASES[base])
    without = _file(tmp_path, merge(_without(_EMPTY), _BASES[base]))

    assert each_helm.render(*without) == each_helm.render(*given)


def _without(keys: list[str]) -> dict:
    """Values that take all of these away."""
    values: dict = {}
    for key in keys:
        *sections, last = key.split(".")
        spot = values
        for section in sections:
            spot = spot.setdefault(section, {})
        spot[last] = None
    return values


def _file(folder, values: dict) -> list[str]:
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    return ["--values", str(folder / "values.yaml")]
