"""Whether the API alone can be reached from outside, not metrics and run-time switches, and no secret is where it need not be."""

from collections.abc import Iterator

from chart.release import Release


def exposed(release: Release) -> list[str]:
    """Where a way in from outside leads anywhere but to the API, and where a secret is written down."""
    complaints = [
        f"Service {service['metadata']['name']}: the outside reaches {port['targetPort']}"
        for service in release.of_kind("Service")
        if service["spec"].get("type", "ClusterIP") != "ClusterIP"
        for port in service["spec"]["ports"]
        if port["targetPort"] != "http"
    ]
    api = _api(release)
    complaints += [f"{way} leads to {name}:{port}" for way, name, port in _ways(release) if (name, port) not in api]
    return complaints + _secrets(release)


def _secrets(release: Release) -> list[str]:
    """Of Secrets the chart has those of its own servers; a URL in the configuration is that of a file."""
    own = {f"shop-products-{part}" for part in ("postgres", "redis") if release.values[part]["enabled"]}
    names = {each["metadata"]["name"] for each in release.of_kind("Secret")}
    complaints = [f"the chart writes the Secret {name}" for name in sorted(names - own)]
    for section, keys in release.configuration().items():
        urls = [value for value in keys.values() if isinstance(value, str) and "://" in value]
        complaints += [f"{section} has {url} for everybody to read" for url in urls if "@" in url]
    return complaints


def _api(release: Release) -> set[tuple[str, object]]:
    """The API's port as Ingresses and HTTPRoutes may call it: by name or number."""
    return {
        (service["metadata"]["name"], port[key])
        for service in release.of_kind("Service")
        for port in service["spec"]["ports"]
        if port["targetPort"] == "http"
        for key in ("name", "port")
    }


def _ways(release: Release) -> Iterator[tuple[str, str, object]]:
    for ingress in release.of_kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                yield "the Ingress", backend["name"], backend["port"].get("name") or backend["port"]["number"]
    for route in release.of_kind("HTTPRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                yield "the HTTPRoute", backend["name"], backend["port"]
