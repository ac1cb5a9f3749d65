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
