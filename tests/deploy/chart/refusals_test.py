"""Values that cannot work together are refused with a sentence that says what to do."""

import pytest

from helm import Refused

_EXTERNAL = "database.existingSecret=shop-database"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("replicaCount=2", "SQLite is for one pod and replicaCount is 2: set database.existingSecret"),
        ("autoscaling.enabled=true", "SQLite is for one pod and autoscaling makes more: set database.existingSecret"),
        (f"{_EXTERNAL},postgres.enabled=true", "name two databases: give one of them"),
        ("cache.existingSecret=x,redis.enabled=true", "name two caches: give one of them"),
        ("migration.hook=true,postgres.enabled=true", "postgres.enabled brings its own: set migration.hook=false"),
        ("migration.hook=true", "migration.hook needs PostgreSQL"),
        (f"{_EXTERNAL},replicaCount=2,config.cache.local=on", "serve what others have changed: set cache.existingSecret"),
        (f"{_EXTERNAL},autoscaling.enabled=true,autoscaling.cpuUtilization=0", "autoscaling looks at nothing: set"),
        (f"{_EXTERNAL},autoscaling.enabled=true,autoscaling.minReplicas=6", r"minReplicas \(6\) is above autoscaling.maxReplicas \(5\)"),
        (f"{_EXTERNAL},autoscaling.enabled=true,resources.requests.cpu=null", "a share of resources.requests.cpu: set that"),
        (f"{_EXTERNAL},autoscaling.enabled=true,resources=null", "a share of resources.requests.cpu: set that"),
        (
            f"{_EXTERNAL},autoscaling.enabled=true,autoscaling.memoryUtilization=80,resources.requests.memory=null",
            "a share of resources.requests.memory: set that",
        ),
        ("config.server.management_port=8000", "are one port: give two"),
        ("service.managementPort=80", "service.port and service.managementPort are one port"),
        ("service.nodePort=30080", "service.nodePort needs service.type=NodePort"),
        ("httpRoute.enabled=true", "an HTTPRoute needs a Gateway: set httpRoute.parentRefs"),
        ("serviceMonitor.enabled=true,config.metrics.enabled=false", "a ServiceMonitor without metrics would be an alarm that never ends: set"),
        ("fullnameOverride=7up", 'a Service cannot be called "7up": set fullnameOverride'),
    ],
)
def what_cannot_work_is_refused(each_helm, values, sentence):
    with pytest.raises(Refused, match=sentence):
        each_helm.render("--set", values)


@pytest.mark.parametrize("name", ["image.tag", "postgres.image.tag", "redis.image.tag"])
@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("20261122", r"2\.0261122e\+07"),
        ("1.10", r"1\.1"),
        ("18", "18"),
        ("true", "true"),
    ],
)
def a_tag_that_yaml_does_not_read_as_text_is_refused(each_helm, tmp_path, name, tag, read):
    *sections, key = name.split(".")
    nested = f"{key}: {tag}"
    for section in reversed(sections):
        nested = f"{section}: {{{nested}}}"
    (tmp_path / "values.yaml").write_text(nested)

    with pytest.raises(Refused, match=f"products: {name} was not read as text but as {read}: give it by --set-string {name}=TAG"):
        each_helm.render("--values", tmp_path / "values.yaml")


def a_tag_of_digits_on_the_command_line_is_refused_or_text(each_helm):
    with pytest.raises(Refused, match="products: image.tag was not read as text but as 20261122: give it by --set-string"):
        each_helm.render("--set", "image.tag=20261122")

    assert "image: \"products:20261122\"" in each_helm.render("--set-string", "image.tag=20261122")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("replicaCount=0", "no pod is no harm to SQLite"),
        ("postgres.enabled=true,replicaCount=3", "PostgreSQL bears several pods"),
        ("cache.existingSecret=x", "SQLite may have a Redis"),
        ("config.cache.local=on,postgres.enabled=true", "one pod has nobody to hear of"),
        ("config.cache.local=on,postgres.enabled=true,redis.enabled=true,replicaCount=2", "Redis tells of the others"),
        (f"{_EXTERNAL},autoscaling.enabled=true,autoscaling.cpuUtilization=0,autoscaling.memoryUtilization=80", "one measure will do"),
        ("service.type=NodePort,service.managementPort=80", "two Services may have one port"),
    ],
)
def what_can_work_is_not(helm, values, reason):
    try:
        helm.render("--set", values)
    except Refused as refusal:
        pytest.fail(f"{reason}: {refusal}")
