"""The connections that a release needs, and those that it must not have."""

from chart.networks import End, reaches
from chart.release import Release

_DNS = End("the name server", {"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"})
_INTERNET = End("the internet", address="203.0.113.7", outside=True)
_STRANGER = End("a stranger", {"app": "stranger"}, {"kubernetes.io/metadata.name": "elsewhere"})
_NEIGHBOUR = End("a neighbour", {"app": "neighbour"})
_PROMETHEUS = End("Prometheus", {"app": "prometheus"}, {"kubernetes.io/metadata.name": "monitoring"})
_INGRESS = End("the ingress", {"app": "nginx"}, {"kubernetes.io/metadata.name": "ingress-nginx"})

# What many namespaces have: nothing that no other policy allows.
_DENIAL = {
    "kind": "NetworkPolicy",
    "metadata": {"name": "default-deny"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}


def connected(release: Release) -> list[str]:
    """What is kept apart that must talk, in a namespace that forbids by default, or let through that must not."""
    if not release.of_kind("NetworkPolicy"):
        return []
    complaints = []
    locked = Release([*release.documents, _DENIAL], release.values)
    for source, target, port, protocol in _needed(release):
        if not reaches(locked, source, target, port, protocol):
            complaints.append(f"{source.name} cannot reach {target.name} at {port}/{protocol}")
    for source, target, port in _forbidden(release):
        if reaches(release, source, target, port):
            complaints.append(f"{source.name} can reach {target.name} at {port}")
    return complaints


def _part(part: str = "") -> End:
    name = f"products-{part}" if part else "products"
    return End(name, {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": "shop"})


def _servers(release: Release) -> list[tuple[End, int]]:
    """The servers that the values speak of."""
    values, network = release.values, release.values["networkPolicy"]
    servers = []
    if values["database"]["existingSecret"]:
        servers.append((_INTERNET, network["databasePort"]))
    if values["cache"]["existingSecret"]:
        servers.append((_INTERNET, network["cachePort"]))
    if values["postgres"]["enabled"]:
        servers.append((_part("postgres"), 5432))
    if values["redis"]["enabled"]:
        servers.append((_part("redis"), 6379))
    if "tracing" in values["config"]:
        servers.append((_STRANGER, 4317))
    return servers


def _needed(release: Release) -> list[tuple[End, End, int, str]]:
    server = release.configuration()["server"]
    api, management = server["port"], server["management_port"]
    flows = [
        (_INGRESS, _part(), api, "TCP"),
        (_part("test"), _part(), api, "TCP"),
        (_part("test"), _part(), management, "TCP"),
        (_PROMETHEUS, _part(), management, "TCP"),
    ]
    flows += [(_part(), target, port, "TCP") for target, port in _servers(release)]
    asking = [_part(), _part("test")]
    if release.values["migration"]["hook"]:
        asking.append(_part("migrate"))
        flows.append((_part("migrate"), _INTERNET, release.values["networkPolicy"]["databasePort"], "TCP"))
    return flows + [(source, _DNS, 53, protocol) for source in asking for protocol in ("UDP", "TCP")]


def _forbidden(release: Release) -> list[tuple[End, End, int]]:
    server = release.configuration()["server"]
    strangers = [_STRANGER, _NEIGHBOUR, _INTERNET]
    flows = [(each, _part(), server["management_port"]) for each in [*strangers, _INGRESS]]
    flows += [(_part(), _INTERNET, 443), (_part("test"), _INTERNET, 443), (_part(), _NEIGHBOUR, 8000)]
    for part, port in (("postgres", 5432), ("redis", 6379)):
        if release.values[part]["enabled"]:
            flows += [(each, _part(part), port) for each in [*strangers, _part("test")]]
            flows.append((_part(part), _INTERNET, 443))
    if release.values["networkPolicy"]["apiFrom"]:
        flows += [(each, _part(), server["port"]) for each in strangers]
    return flows
