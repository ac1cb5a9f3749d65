"""Who can reach whom under the release's NetworkPolicies, found out by following their rules.

As the API has it: a pod that no policy selects for a direction is open in it, one that is selected is
reached, or reaches, where a rule of any of its policies says so.
"""

import ipaddress
from dataclasses import dataclass, field

from chart.release import Release, matches

HOME = {"kubernetes.io/metadata.name": "store"}


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod, or with no labels an address outside of the cluster."""

    name: str
    labels: dict = field(default_factory=dict)
    namespace: dict = field(default_factory=lambda: HOME)
    address: str = "10.1.2.3"
    outside: bool = False


def reaches(release: Release, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Whether both ends let the connection through."""
    leaves = _passes(release, source, target, "Egress", port, protocol)
    return leaves and _passes(release, target, source, "Ingress", port, protocol)


def _passes(release: Release, own: End, other: End, direction: str, port: int, protocol: str) -> bool:
    policies = [
        each["spec"]
        for each in release.of_kind("NetworkPolicy")
        if not own.outside
        and own.namespace == HOME
        and direction in each["spec"]["policyTypes"]
        and matches(each["spec"]["podSelector"], own.labels)
    ]
    peers = {"Egress": "to", "Ingress": "from"}[direction]
    return not policies or any(
        _has_port(rule, port, protocol) and _has_peer(rule.get(peers), other)
        for policy in policies
        for rule in policy.get(direction.lower()) or []
    )


def _has_port(rule: dict, port: int, protocol: str) -> bool:
    ports = rule.get("ports")
    return not ports or any(each["port"] == port and each.get("protocol", "TCP") == protocol for each in ports)


def _has_peer(peers: list[dict] | None, other: End) -> bool:
    return not peers or any(_is_peer(peer, other) for peer in peers)


def _is_peer(peer: dict, other: End) -> bool:
    if block := peer.get("ipBlock"):
        address = ipaddress.ip_address(other.address)
        kept_out = any(address in ipaddress.ip_network(each) for each in block.get("except", []))
        return address in ipaddress.ip_network(block["cidr"]) and not kept_out
    if other.outside:
        return False
    at_home = other.namespace == HOME
    in_namespace = matches(peer["namespaceSelector"], other.namespace) if "namespaceSelector" in peer else at_home
    return in_namespace and matches(peer.get("podSelector", {}), other.labels)
