"""Faults to plant into a release, each of which one check must find."""

from collections.abc import Callable
from dataclasses import dataclass

from chart.release import Release


@dataclass(frozen=True)
class Fault:
    """What is done to the release of a case, and what the check must say about it."""

    check: str
    case: str
    name: str
    plant: Callable[[Release], object]
    complaint: str


def _put(*path, value):
    """Sets what lies at the end of a path, in the first object of a kind (and of a name `KIND/NAME`)."""

    def plant(release: Release) -> None:
        spot = _find(release, path[0])
        for step in path[1:-1]:
            spot = spot[step]
        spot[path[-1]] = value

    return plant


def _take(*path):
    """Removes it."""

    def plant(release: Release) -> None:
        spot = _find(release, path[0])
        for step in path[1:-1]:
            spot = spot[step]
        del spot[path[-1]]

    return plant


def _find(release: Release, wanted: str) -> dict:
    kind, _, name = wanted.partition("/")
    return next(
        each for each in release.of_kind(kind) if each["metadata"]["name"].endswith(name)
    )


def _remove(kind: str):
    def plant(release: Release) -> None:
        release.documents.remove(_find(release, kind))

    return plant


def _replace(kind: str, old: str, new: str):
    """Changes the text of the configuration file, or of a Secret's URL."""

    def plant(release: Release) -> None:
        found = _find(release, kind)
        data = found.get("data") or found["stringData"]
        key = "products.yaml" if "products.yaml" in data else "url"
        assert old in data[key]
        data[key] = data[key].replace(old, new)

    return plant


_POD = ("Deployment", "spec", "template", "spec")
_CONTAINER = (*_POD, "containers", 0)
_SERVER = ("StatefulSet/postgres", "spec", "template", "spec")
_JOB = ("Job", "spec", "template", "spec")
_CONTEXT = (*_CONTAINER, "securityContext")


def _restricted() -> list[Fault]:
    table = [
        ("the host's network", _put(*_POD, "hostNetwork", value=True), "shares the host's"),
        ("sysctls", _put(*_POD, "securityContext", "sysctls", value=[{"name": "kernel.msgmax", "value": "1"}]), "sysctls"),
        ("a Windows option", _put(*_POD, "securityContext", "windowsOptions", value={"hostProcess": True}), "windowsOptions"),
        ("an SELinux user", _put(*_POD, "securityContext", "seLinuxOptions", value={"user": "x"}), "SELinux"),
        ("root as the pod's user", _put(*_POD, "securityContext", "runAsUser", value=0), "runs as root"),
        ("a folder of the host", _put(*_POD, "volumes", 0, "hostPath", value={"path": "/"}), "forbidden type"),
        ("privilege", _put(*_CONTEXT, "privileged", value=True), "is privileged"),
        ("escalation by default", _take(*_CONTEXT, "allowPrivilegeEscalation"), "gain privileges"),
        ("capabilities kept", _take(*_CONTEXT, "capabilities"), "keeps capabilities"),
        ("a capability more", _put(*_CONTEXT, "capabilities", "add", value=["SYS_TIME"]), "adds capabilities"),
        ("root as the container's user", _put(*_CONTEXT, "runAsUser", value=0), "may run as root"),
        ("root allowed", _put(*_CONTEXT, "runAsNonRoot", value=False), "may run as root"),
        ("no seccomp profile", _take(*_POD, "securityContext", "seccompProfile"), "seccomp"),
        ("an unconfined container", _put(*_CONTEXT, "seccompProfile", value={"type": "Unconfined"}), "seccomp"),
        ("an unmasked /proc", _put(*_CONTEXT, "procMount", value="Unmasked"), "/proc"),
        ("an AppArmor profile", _put(*_CONTEXT, "appArmorProfile", value={"type": "Unconfined"}), "AppArmor"),
        ("a port of the host", _put(*_CONTAINER, "ports", 0, "hostPort", value=80), "port of the host"),
        ("a probe elsewhere", _put(*_CONTAINER, "livenessProbe", "httpGet", "host", value="10.0.0.1"), "another host"),
        ("a fault in the bundled server", _take(*_SERVER, "containers", 0, "securityContext"), "StatefulSet shop-products-postgres"),
        ("a fault in a test", _take("Pod/test-api", "spec", "securityContext"), "Pod shop-products-test-api"),
    ]
    return [Fault("restricted", "bundled", *row) for row in table] + [
        Fault("restricted", "migration", "a fault in the Job", _take(*_JOB, "securityContext"), "Job"),
    ]


def _hardened() -> list[Fault]:
    table = [
        ("a token", _put(*_POD, "automountServiceAccountToken", value=True), "mounts a token"),
        ("links to Services", _take(*_POD, "enableServiceLinks"), "as variables"),
        ("no user", _take(*_POD, "securityContext", "runAsUser"), "no numeric user"),
        ("a writable image", _put(*_CONTEXT, "readOnlyRootFilesystem", value=False), "may write"),
        ("no requests", _take(*_CONTAINER, "resources", "requests"), "requests nothing"),
        ("no limit", _take(*_CONTAINER, "resources", "limits"), "no memory limit"),
    ]
    return [Fault("hardened", "default", *row) for row in table]


def _selected() -> list[Fault]:
    labels = ("Deployment", "spec", "template", "metadata", "labels")
    version = ("Deployment", "spec", "selector", "matchLabels", "app.kubernetes.io/version")
    test = ("Pod/test-api", "metadata", "labels", "app.kubernetes.io/name")
    table = [
        ("default", "a pod that its Deployment does not select", _take(*labels, "app.kubernetes.io/name"), "selects []"),
        ("default", "a version in a selector", _put(*version, value="0.1.0"), "upgrade would change"),
        ("default", "a test that gets requests", _put(*test, value="products"), "leads to"),
        ("default", "a Service that leads nowhere", _put("Service", "spec", "selector", "app.kubernetes.io/name", value="x"), "leads to []"),
        ("default", "a port that nobody has", _put("Service", "spec", "ports", 0, "targetPort", value="web"), "has the port web"),
        ("bundled", "a budget for other pods", _put("PodDisruptionBudget", "spec", "selector", "matchLabels", "app.kubernetes.io/name", value="x"), "not about the service"),
        ("production", "a port that nobody scrapes", _put("ServiceMonitor", "spec", "endpoints", 0, "port", value="metrics"), "0 Services"),
        ("production", "a job named after the release", _put("ServiceMonitor", "spec", "jobLabel", value="app.kubernetes.io/instance"), "job is not products"),
    ]
    return [Fault("selected", *row) for row in table]


def _labelled() -> list[Fault]:
    table = [
        ("no label", _take("ConfigMap", "metadata", "labels", "app.kubernetes.io/part-of"), "part-of"),
        ("a dot in a Service's name", _put("Service", "metadata", "name", value="a.b"), "its name is none"),
        ("a name too long for a StatefulSet", _put("StatefulSet", "metadata", "name", value="a" * 53), "its name is none"),
        ("a plus in a label", _put("Service", "metadata", "labels", "helm.sh/chart", value="products-1+2"), "is no label"),
    ]
    return [Fault("labelled", "bundled", *row) for row in table]


def _wiring() -> list[Fault]:
    env = (*_CONTAINER, "env")
    table = [
        ("ports", "default", "another port in the configuration", _replace("ConfigMap", "8000", "8001"), "not the configuration's"),
        ("ports", "default", "a probe at the API's port", _put(*_CONTAINER, "readinessProbe", "httpGet", "port", value="http"), "nobody answers"),
        ("ports", "default", "a path that is none", _put(*_CONTAINER, "startupProbe", "httpGet", "path", value="/startup"), "nobody answers"),
        ("ports", "bundled", "a server without a probe", _take(*_SERVER, "containers", 0, "readinessProbe"), "no readinessProbe"),
        ("addresses", "bundled", "a URL to nowhere", _replace("Secret", "shop-products-postgres", "postgres"), "nobody listens"),
        ("addresses", "dev", "a test at a port that is not there", _put("Pod/test-metrics", "spec", "containers", 0, "args", 3, value="http://shop-products:9000/metrics"), "nobody listens"),
        ("references", "external", "a Secret that nobody brings", _put(*env, 0, "valueFrom", "secretKeyRef", "name", value="x"), "the Secret x is not there"),
        ("references", "external", "an optional Secret", _put(*env, 0, "valueFrom", "secretKeyRef", "optional", value=True), "would start without"),
        ("references", "bundled", "a key that the Secret has not", _put(*env, 0, "valueFrom", "secretKeyRef", "key", value="x"), "no key x"),
        ("references", "default", "no ConfigMap", _remove("ConfigMap"), "the ConfigMap shop-products is not there"),
        ("references", "default", "no volume", _remove("PersistentVolumeClaim"), "the PersistentVolumeClaim"),
        ("references", "default", "no account", _remove("ServiceAccount"), "the ServiceAccount"),
        ("variables", "external", "a variable before its parts", lambda release: release.service_pod().containers[0]["env"].reverse(), "stands before"),
        ("variables", "bundled", "an argument of no variable", _put("StatefulSet/redis", "spec", "template", "spec", "containers", 0, "env", 0, "name", value="X"), "no variable REDISCLI_AUTH"),
        ("variables", "default", "a volume that is not mounted", _take(*_CONTAINER, "volumeMounts", 0), "not mounted"),
    ]
    return [Fault(*row) for row in table]


def _hooks() -> list[Fault]:
    job = ("Job", "metadata", "annotations")
    policy = ("NetworkPolicy/migrate", "metadata", "annotations")
    table = [
        ("a Job that needs the upgrade", _put(*_JOB, "volumes", 0, "configMap", "name", value="shop-products"), "before the ConfigMap"),
        ("a Job after the installation", _put(*job, "helm.sh/hook", value="post-install,pre-upgrade"), "pods wait for it"),
        ("a Job of installations alone", _put(*job, "helm.sh/hook", value="pre-install"), "pods wait for it"),
        ("a policy of the release", _take(*policy, "helm.sh/hook"), "before a NetworkPolicy"),
        ("a policy that comes with the Job", _put(*policy, "helm.sh/hook-weight", value="0"), "before a NetworkPolicy"),
        ("no policy for the Job", _remove("NetworkPolicy/migrate"), "before a NetworkPolicy"),
    ]
    return [Fault("hooks", "migration", *row) for row in table]


def _exposed() -> list[Fault]:
    ingress = ("Ingress", "spec", "rules", 0, "http", "paths", 0, "backend", "service")
    route = ("HTTPRoute", "spec", "rules", 0, "backendRefs", 0)
    table = [
        ("loadbalancer", "switches for everybody", _put("Service/management", "spec", "type", value="LoadBalancer"), "the outside reaches management"),
        ("default", "one Service at every node", _put("Service", "spec", "type", value="NodePort"), "the outside reaches management"),
        ("ingress", "an Ingress to the switches", _put(*ingress, "port", "name", value="management"), "leads to shop-products:management"),
        ("ingress", "an Ingress to nowhere", _put(*ingress, "name", value="x"), "leads to x:http"),
        ("httproute", "a route to the switches", _put(*route, "port", value=9000), "leads to shop-products:9000"),
        ("bundled", "a Secret for a database of one's own", _put("Secret/postgres", "metadata", "name", value="shop-database"), "writes the Secret"),
        ("default", "a password in the configuration", _replace("ConfigMap", "sqlite:///data/products.db?mode=rwc", "postgres://u:p@h/d"), "to read"),
    ]
    return [Fault("exposed", *row) for row in table]


def _placed() -> list[Fault]:
    table = [
        ("no Secrets for the servers' images", _take(*_SERVER, "imagePullSecrets"), "pulls without"),
        ("another policy for a test", _put("Pod/test-api", "spec", "containers", 0, "imagePullPolicy", value="Never"), "pulls when"),
        ("a test on any node", _take("Pod/test-api", "spec", "nodeSelector"), "runs on any node"),
        ("a server that bears no taint", _take("StatefulSet/redis", "spec", "template", "spec", "tolerations"), "bears no taint"),
        ("pods spread among others", _put(*_POD, "topologySpreadConstraints", 0, "labelSelector", "matchLabels", value={"app": "x"}), "is spread among"),
    ]
    return [Fault("placed", "mirror", *row) for row in table]


def _lifecycle() -> list[Fault]:
    strategy = ("Deployment", "spec", "strategy")
    table = [
        ("rollout", "default", "SQLite rolling", _put(*strategy, value={"type": "RollingUpdate"}), "two pods at once"),
        ("rollout", "default", "SQLite twice", _put("Deployment", "spec", "replicas", value=2), "several pods"),
        ("rollout", "bundled", "pods taken away early", _put(*strategy, "rollingUpdate", "maxUnavailable", value=1), "before others are ready"),
        ("rollout", "autoscaling", "two who decide", _put("Deployment", "spec", "replicas", value=3), "undo what the autoscaler"),
        ("rollout", "external", "too little time", _put(*_POD, "terminationGracePeriodSeconds", value=122), "are killed after 122 s"),
        ("rollout", "default", "a longer drain in the configuration", _replace("ConfigMap", "10s", "60s"), "are killed after"),
        ("budgets", "autoscaling", "another Deployment scaled", _put("HorizontalPodAutoscaler", "spec", "scaleTargetRef", "name", value="x"), "not there"),
        ("budgets", "bundled", "one pod with a budget", _put("Deployment", "spec", "replicas", value=1), "from being drained"),
        ("budgets", "autoscaling", "no budget", _remove("PodDisruptionBudget"), "drained of all pods"),
        ("budgets", "autoscaling", "a budget of nothing", _put("PodDisruptionBudget", "spec", "maxUnavailable", value=0), "allows nothing"),
    ]
    return [Fault(*row) for row in table]


def _connected() -> list[Fault]:
    own = ("NetworkPolicy/products", "spec")
    table = [
        ("bundled", "names not asked for", _take(*own, "egress", 0), "cannot reach the name server"),
        ("bundled", "names over UDP alone", _take(*own, "egress", 0, "ports", 1), "at 53/TCP"),
        ("bundled", "everybody at the management port", _take(*own, "ingress", 1, "from"), "can reach products at 9000"),
        ("bundled", "tests kept out", _take(*own, "ingress", 1, "from", 1), "products-test cannot reach"),
        ("bundled", "Prometheus kept out", _put(*own, "ingress", 1, "from", 0, "namespaceSelector", "matchLabels", value={"name": "monitoring"}), "Prometheus cannot reach"),
        ("bundled", "everybody at the database", _take("NetworkPolicy/postgres", "spec", "ingress", 0, "from"), "can reach products-postgres"),
        ("bundled", "the service kept from its cache", _put("NetworkPolicy/redis", "spec", "ingress", value=[]), "products cannot reach products-redis"),
        ("bundled", "a server that may leave", _put("NetworkPolicy/redis", "spec", "policyTypes", value=["Ingress"]), "products-redis can reach the internet"),
        ("bundled", "the service goes anywhere", lambda release: _find(release, "NetworkPolicy/products")["spec"]["egress"].append({}), "products can reach the internet"),
        ("external", "everybody at the API", _take(*own, "ingress", 0, "from"), "a stranger can reach products at 8080"),
        ("external", "another port of the database", _put(*own, "egress", 1, "ports", 0, "port", value=5432), "at 6432/TCP"),
        ("external", "no traces", _take(*own, "egress", 3), "at 4317/TCP"),
        ("bundled", "no policy for the tests", _remove("NetworkPolicy/test"), "products-test cannot reach"),
        ("migration", "no policy for the Job", _remove("NetworkPolicy/migrate"), "products-migrate cannot reach"),
        ("migration", "a Job that finds no database", _take("NetworkPolicy/migrate", "spec", "egress", 1), "products-migrate cannot reach"),
    ]
    return [Fault("connected", *row) for row in table]


def _known() -> list[Fault]:
    table = [
        ("default", "a field that is none", _put(*_CONTAINER, "imagePolicy", value="Always"), "imagePolicy"),
        ("default", "a text for a number", _put("Deployment", "spec", "replicas", value="1"), "'1'"),
        ("default", "a null", _put(*_POD, "priorityClassName", value=None), "null at"),
        ("default", "a field newer than the oldest cluster", _put(*_POD, "resources", value={"limits": {"memory": "1Gi"}}), "Kubernetes 1.28"),
        ("production", "a field unknown to the operator", _put("ServiceMonitor", "spec", "joblabel", value="x"), "joblabel"),
        ("production", "a duration that is none", _put("ServiceMonitor", "spec", "endpoints", 0, "interval", value="15"), "15"),
        ("httproute", "a field unknown to the Gateway API", _put("HTTPRoute", "spec", "hosts", value=[]), "hosts"),
    ]
    return [Fault("known", *row) for row in table]


FAULTS = [
    *_restricted(),
    *_hardened(),
    *_selected(),
    *_labelled(),
    *_wiring(),
    *_hooks(),
    *_exposed(),
    *_placed(),
    *_lifecycle(),
    *_connected(),
    *_known(),
]
