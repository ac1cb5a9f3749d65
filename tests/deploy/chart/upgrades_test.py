"""What an upgrade restarts, and what it must leave as it is."""

import shutil

import pytest
import yaml

from chart.release import Release
from helm import CHART, Helm

_BUNDLED = "postgres.enabled=true,redis.enabled=true"


@pytest.mark.parametrize(
    ("values", "restarted"),
    [
        ("config.log.level=debug", {"Deployment"}),
        ("replicaCount=2", set()),
        ("serviceMonitor.interval=30s", set()),
        ("networkPolicy.enabled=true", set()),
        ("image.tag=0.2.0", {"Deployment"}),
        ("postgres.password=other", {"Deployment"}),
        ("redis.password=other", {"Deployment", "StatefulSet shop-products-redis"}),
        ("redis.maxmemory=128mb", {"StatefulSet shop-products-redis"}),
        ("postgres.maxConnections=300", {"StatefulSet shop-products-postgres"}),
    ],
)
def a_change_restarts_those_that_it_is_about(helm, values, restarted):
    before, after = _pods(helm, _BUNDLED), _pods(helm, f"{_BUNDLED},{values}")

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"Deployment shop-products" if name == "Deployment" else name for name in restarted}


def another_version_of_the_chart_leaves_selectors_and_servers_alone(helm, tmp_path):
    shutil.copytree(CHART, tmp_path / "products")
    chart = tmp_path / "products/Chart.yaml"
    text = chart.read_text()
    chart.write_text(text.replace("version: 0.1.0", "version: 0.2.0").replace('"0.1.0"', '"0.2.0"'))
    arguments = ("--set", _BUNDLED)

    before = Release(helm.documents(*arguments), {})
    after = Release(helm.documents(*arguments, chart=tmp_path / "products"), {})

    for kind in ("Deployment", "StatefulSet"):
        selectors = [[each["spec"]["selector"] for each in one.of_kind(kind)] for one in (before, after)]
        assert selectors[0] == selectors[1]
    servers = [[each["spec"] for each in one.of_kind("StatefulSet")] for one in (before, after)]
    assert servers[0] == servers[1]
    images = [one.service_pod().containers[0]["image"] for one in (before, after)]
    assert images == ["products:0.1.0", "products:0.2.0"]


@pytest.mark.parametrize(
    ("given", "written", "reason"),
    [
        ("metrics: {max_series: 1000000}", ("metrics", "max_series", 1000000), "a large number is not 1e+06"),
        ("cache: {local: on}", ("cache", "local", "on"), "YAML's bare on is no switch here"),
        ("cache: {local: off}", ("cache", "local", "off"), "nor is its off"),
        ("metrics: {size_buckets: [100, 10000000]}", ("metrics", "size_buckets", [100, 10000000]), "in lists neither"),
        ("tracing: {sample_ratio: 0.1}", ("tracing", "sample_ratio", 0.1), "a share stays one"),
    ],
)
def a_value_arrives_as_it_was_written(each_helm, tmp_path, given, written, reason):
    (tmp_path / "values.yaml").write_text(f"config: {{{given}}}")
    section, key, value = written

    text = Release(each_helm.documents("--values", tmp_path / "values.yaml"), {}).of_kind("ConfigMap")[0]

    found = yaml.safe_load(text["data"]["products.yaml"])[section][key]
    assert (found, type(found)) == (value, type(value)), reason


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ("replicaCount=1", {"shop-products"}),
        ("persistence.keep=false", set()),
        (_BUNDLED, {"shop-products-postgres"}),
        (f"{_BUNDLED},postgres.persistence.keep=false", set()),
        (f"{_BUNDLED},redis.persistence.enabled=true", {"shop-products-postgres"}),
    ],
)
def volumes_with_data_stay_when_the_release_goes(helm, values, kept):
    claims = Release(helm.documents("--set", values), {}).of_kind("PersistentVolumeClaim")

    staying = {"helm.sh/resource-policy": "keep"}
    assert {each["metadata"]["name"] for each in claims if each["metadata"].get("annotations") == staying} == kept


def a_default_that_is_taken_back_is_the_services_own(helm):
    release = Release(helm.documents("--set", "config.server.drain_delay=null,config.database=null"), {})

    assert "drain_delay" not in release.configuration()["server"]
    assert release.service_pod().spec["terminationGracePeriodSeconds"] == 0 + 35 + 5


def _pods(helm: Helm, values: str) -> dict[str, tuple]:
    """What decides whether pods are replaced, by workload."""
    pods = Release(helm.documents("--set", values), {}).pods()
    return {
        pod.name: (pod.labels, pod.annotations, pod.spec) for pod in pods if pod.owner["kind"] not in {"Pod", "Job"}
    }
