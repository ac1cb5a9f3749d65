"""A ServiceMonitor is there where it is wanted and can be."""

import pytest

from chart.cases import OPERATOR
from chart.release import Release


@pytest.mark.parametrize(
    ("wanted", "operator", "there"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("true", True, True),
        ("true", False, True),
        ("false", True, False),
        ("false", False, False),
    ],
)
def a_service_monitor_is_made_as_asked(each_helm, wanted, operator, there):
    known = ["--api-versions", OPERATOR] if operator else []

    release = Release(each_helm.documents("--set", f"serviceMonitor.enabled={wanted}", *known), {})

    assert bool(release.of_kind("ServiceMonitor")) == there


def it_has_the_labels_and_limits_that_were_given(helm):
    given = "enabled=true,labels.release=prometheus,interval=30s,scrapeTimeout=20s,sampleLimit=5000"
    settings = ",".join(f"serviceMonitor.{each}" for each in given.split(","))

    monitor = Release(helm.documents("--set", settings), {}).one("ServiceMonitor")

    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["sampleLimit"] == 5000
    assert monitor["spec"]["jobLabel"] == "app.kubernetes.io/name"
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["interval"], endpoint["scrapeTimeout"], endpoint["path"]) == ("30s", "20s", "/metrics")
