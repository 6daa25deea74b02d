"""Reads and checks a topology file (conf/lab/*.yaml), and derives hosts, addresses and one-way delays.

    name: three-cloud
    sites:                         # locations of nodes, in the order of the matrix columns
      aws-fra: {provider: aws, region: fra, metro: Frankfurt, cloud_region: eu-central-1}
    nodes:                         # a node ROLE-SITE at each listed site, or at all sites
      hub: all
      edge: [aws-fra]
    clients:                       # hosts without a daemon
      client-a: {near: edge-aws-fra, access_rtt_ms: 4.6}
    overlay: {probe: {idle: 1s}}   # optional: added to the overlay section of every node's configuration
    links:
      same_site_rtt_ms: 0.5
      jitter_ms: 0.2
      rtt_ms: {aws-fra: [0, ...], ...}

The host number H of site number S has the addresses 10.78.S.H and fd78::S:H; client number K 10.78.200.K and fd78::200:K.
"""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lib.process.errors import ToolError

ROLES = ("hub", "edge")
ADDRESS_RANGES = ("10.78.0.0/16", "fd78::/32")
CLIENT_SUBNET = 200


@dataclass(frozen=True)
class Site:
    name: str
    provider: str
    region: str
    metro: str
    cloud_region: str


@dataclass(frozen=True)
class Host:
    """A network namespace: a node with a daemon, or a client near one."""

    name: str
    v4: str
    v6: str
    site: Site | None = None  # of nodes
    role: str | None = None  # of nodes
    node_id: int | None = None  # of nodes
    near: str | None = None  # of clients: a node
    access_rtt_ms: float = 0.0  # of clients

    @property
    def is_node(self) -> bool:
        return self.site is not None

    @property
    def labels(self) -> list[str]:
        """Names that `tools/lab cut` accepts in place of hosts."""
        if self.site is None:
            return ["clients"]
        return [f"provider:{self.site.provider}", f"region:{self.site.region}", f"site:{self.site.name}",
                f"role:{self.role}"]


@dataclass
class Topology:
    name: str
    path: Path
    hosts: dict[str, Host] = field(default_factory=dict)
    jitter_ms: float = 0.0
    same_site_rtt_ms: float = 0.5
    rtt_ms: dict[tuple[str, str], float] = field(default_factory=dict)  # by site names
    overlay: dict = field(default_factory=dict)

    @property
    def nodes(self) -> list[Host]:
        return [host for host in self.hosts.values() if host.is_node]

    @property
    def clients(self) -> list[Host]:
        return [host for host in self.hosts.values() if not host.is_node]

    def host_rtt_ms(self, a: Host, b: Host) -> float:
        """RTT of the direct path. A client reaches the site of its near node through its access link."""
        if a.near == b.name or b.near == a.name:
            return a.access_rtt_ms + b.access_rtt_ms
        site_a, site_b = self._site_of(a), self._site_of(b)
        between = self.same_site_rtt_ms if site_a == site_b else self.rtt_ms[site_a.name, site_b.name]
        return a.access_rtt_ms + between + b.access_rtt_ms

    def _site_of(self, host: Host) -> Site:
        return host.site or self.hosts[host.near].site

    def wan_links(self) -> list[dict]:
        """One entry for each direction, in the format of tools/wan/wan_json.h."""
        return [{"from": a.name, "to": b.name, "delay_ms": round(self.host_rtt_ms(a, b) / 2, 4),
                 "jitter_ms": self.jitter_ms}
                for a in self.hosts.values() for b in self.hosts.values() if a is not b]


def load_topology(path: Path) -> Topology:
    """Raises ToolError with the place of a mistake."""
    try:
        document = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ToolError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ToolError(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict):
        raise ToolError(f"{path} is not a topology: it must be a map with name, sites, nodes and links")
    try:
        return _build(path, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ToolError(f"{path}: {what}; the format is described in tools/lib/lab/topology.py") from error


def _build(path: Path, document: dict) -> Topology:
    links = document["links"]
    topology = Topology(name=str(document["name"]), path=path.resolve(), jitter_ms=float(links.get("jitter_ms", 0)),
                        same_site_rtt_ms=float(links.get("same_site_rtt_ms", 0.5)),
                        overlay=dict(document.get("overlay") or {}))
    sites = {name: Site(name=name, **values) for name, values in document["sites"].items()}
    topology.rtt_ms = _read_matrix(sites, links["rtt_ms"])
    for host in _make_nodes(sites, document["nodes"]):
        topology.hosts[host.name] = host
    for number, (name, values) in enumerate((document.get("clients") or {}).items(), start=1):
        topology.hosts[name] = _make_client(topology, number, name, values)
    return topology


def _read_matrix(sites: dict[str, Site], rows: dict) -> dict[tuple[str, str], float]:
    matrix = {}
    for name in sites:
        row = rows[name]
        if len(row) != len(sites):
            raise ValueError(f"links.rtt_ms.{name} has {len(row)} columns, but there are {len(sites)} sites")
        for other, rtt in zip(sites, row):
            if float(rtt) < 0:
                raise ValueError(f"links.rtt_ms.{name} has a negative RTT")
            matrix[name, other] = float(rtt)
    return matrix


def _make_nodes(sites: dict[str, Site], wanted: dict) -> list[Host]:
    unknown = set(wanted) - set(ROLES)
    if unknown:
        raise ValueError(f"nodes: {', '.join(sorted(unknown))} is not a role; the roles are {', '.join(ROLES)}")
    nodes = []
    for number, role in enumerate(ROLES, start=1):
        names = wanted.get(role) or []
        for site_name in sites if names == "all" else names:
            subnet = list(sites).index(site_name) + 1
            nodes.append(Host(name=f"{role}-{site_name}", v4=f"10.78.{subnet}.{number}",
                              v6=f"fd78::{subnet}:{number}", site=sites[site_name], role=role,
                              node_id=len(nodes) + 1))
    return nodes


def _make_client(topology: Topology, number: int, name: str, values: dict) -> Host:
    near = topology.hosts.get(values["near"])
    if near is None or not near.is_node:
        raise ValueError(f"clients.{name}.near: {values['near']!r} is not a node")
    if name in topology.hosts:
        raise ValueError(f"clients.{name} is the name of a node")
    return Host(name=name, v4=f"10.78.{CLIENT_SUBNET}.{number}", v6=f"fd78::{CLIENT_SUBNET}:{number}",
                near=near.name, access_rtt_ms=float(values["access_rtt_ms"]))
