"""Whatever people call things, the API server takes it."""

import pytest

from chart.release import Release
from chart.schemas import known
from chart.selection import labelled, selected
from helm import CHART, parse

_EVERYTHING = (
    "postgres.enabled=true,redis.enabled=true,networkPolicy.enabled=true,replicaCount=2,serviceMonitor.enabled=true"
)


@pytest.mark.parametrize(
    ("release", "values", "reason"),
    [
        ("a" * 53, "", "the longest name that helm takes"),
        ("my.shop", "", "a dot, which Services do not have"),
        ("products", "", "the chart's own name"),
        ("eu-products-1", "", "the chart's name in another one"),
        ("no", "", "a word that YAML takes for false"),
        ("1e3", ",fullnameOverride=shop", "a word that YAML takes for a number"),
        ("shop", f",fullnameOverride={'b' * 60}", "a name that is too long for the servers' pods"),
    ],
)
def a_release_may_be_called_as_one_likes(each_helm, release, values, reason):
    text = each_helm.run("template", release, CHART, "--namespace", "0123", "--set", _EVERYTHING + values)

    rendered = Release(parse(text), {})
    assert labelled(rendered) + selected(rendered) + known(rendered) == [], reason


def names_that_look_like_something_else_stay_names(each_helm):
    text = each_helm.render(
        *("--set-string", "database.existingSecret=123,cache.existingSecret=no,management.existingSecret=1e3"),
        *("--set-string", "certificates.existingConfigMap=on,serviceAccount.name=007,priorityClassName=off"),
        *("--set-string", "networkPolicy.monitoringNamespace=0x1f,ingress.className=y,ingress.tlsSecret=12"),
        *("--set", "networkPolicy.enabled=true,ingress.enabled=true,migration.hook=true"),
        *("--set-string", "postgres.persistence.storageClass=1,image.tag=10"),
    )

    assert known(Release(parse(text), {})) == []


def numbers_stay_numbers(each_helm, tmp_path):
    (tmp_path / "values.yaml").write_text(
        "{database: {existingSecret: x}, migration: {hook: true, timeoutSeconds: 1000000},"
        " serviceMonitor: {enabled: true, sampleLimit: 2000000}, replicaCount: 1000000}"
    )

    assert known(Release(each_helm.documents("--values", tmp_path / "values.yaml"), {})) == []
