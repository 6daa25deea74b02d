"""A standalone edge and two clients, each in a network namespace. The clients reach each other only through the edge's namespace.

    client a -- veth -- edge -- veth -- client b        each client has one IPv4 and one IPv6 address

The edge's addresses have a name and a certificate. Only clients that get the test's CA trust it.
"""

import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

import lone_edge
import test_pki
from lib.process import programs
from network_namespace import command_in, ip, lone_namespace

NAME = test_pki.SERVER_NAME
V4, V6 = "10.79.9.1", "fd79:9::1"
SIBLING_V4 = "10.79.9.2"
TURN_PORT, TLS_PORT = lone_edge.TURN_PORT, lone_edge.TLS_PORT
USER, PASSWORD, REALM = lone_edge.USER, lone_edge.PASSWORD, lone_edge.REALM
CLIENTS = ("a", "b")
CLIENT_V4 = "10.79.1.2"  # of a


@dataclass(frozen=True)
class Network:
    """The namespaces, and a temporary folder of the test."""

    folder: pathlib.Path
    edge: str
    clients: dict
    pki: test_pki.Pki

    def in_edge(self, *command):
        return command_in(self.edge, *command)

    def in_client(self, client, *command):
        return command_in(self.clients[client], *command)

    def transports_of(self, client):
        """The transport that the client uses now, from its connections. TLS and DTLS have their own port."""
        ways = (("tcp", "-t", TURN_PORT), ("tls", "-t", TLS_PORT), ("dtls", "-u", TLS_PORT))
        return {name for name, sockets, port in ways if self._is_connected(client, sockets, port)} or {"udp"}

    def _is_connected(self, client, sockets, port):
        command = self.in_client(client, "ss", "-Hn", sockets, "state", "established", f"( dport = :{port} )")
        return bool(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())

    def ice_server(self, transport="udp", host=V4):
        """The ICE server for a WebRTC client. For TLS it has a name, because browsers check the certificate."""
        scheme, host, port = ("turns", NAME, TLS_PORT) if transport in ("tls", "dtls") else ("turn", host, TURN_PORT)
        return {"urls": f"{scheme}:{host}:{port}?transport={'udp' if transport in ('udp', 'dtls') else 'tcp'}",
                "username": USER, "credential": PASSWORD}


@contextlib.contextmanager
def edge_and_clients(**turn):
    """The edge answers while the block runs. Arguments override keys of its `turn` section."""
    with network() as net, edge_at(net, V4, V6, **turn):
        yield net


@contextlib.contextmanager
def network():
    """Yields the namespaces without an edge."""
    addresses = [f"{V4}/32", f"{SIBLING_V4}/32", f"{V6}/128"]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="causeway-clients-")))
        edge = stack.enter_context(lone_namespace("edge", addresses))
        ip("netns", "exec", edge, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        clients = {name: stack.enter_context(_client(edge, name, number)) for number, name in enumerate(CLIENTS, start=1)}
        yield Network(folder, edge, clients, test_pki.make(folder / "pki", [V4, V6, SIBLING_V4]))


@contextlib.contextmanager
def edge_at(net, *addresses, **turn):
    """Runs a causewayd in the edge's namespace; several can run at a time. Yields its folder, which holds admin.sock."""
    folder = net.folder / f"edge-at-{addresses[0]}"
    folder.mkdir()
    config = folder / "config.yaml"
    section = _turn_section(net, addresses) | turn
    config.write_text(json.dumps({"turn": section, "admin": {"socket": str(folder / "admin.sock")}, "cores": 1}, indent=2))
    with lone_edge.running(net.edge, [programs.find("causewayd"), "--config", config], addresses[0], folder / "log"):
        yield folder


def _turn_section(net, addresses):
    hosts = [f"[{address}]" if ":" in address else address for address in addresses]
    return {
        "listen": [f"{host}:{TURN_PORT}" for host in hosts],
        "listeners": [{"address": f"{host}:{TLS_PORT}", "transports": ["tls", "dtls"]} for host in hosts],
        "tls": {"certificate": str(net.pki.certificate), "key": str(net.pki.key)},
        "relay_addresses": list(addresses),
        "allow_private_relay_addresses": True,
        "realm": REALM,
        "users": [{"name": USER, "password": PASSWORD}],
        "limits": {"challenges_per_second": 0, "handshakes_per_second": 0},  # thousands of test clients share one address
        "nonce_keys": ["07" * 32],  # the same at all edges: Chromium reuses its nonce at an alternate server
        "peers": {"allow": ["10.79.0.0/16", "fd79::/16"]},
    }


@contextlib.contextmanager
def _client(edge, name, number):
    with lone_namespace(f"client-{name}", []) as client, _own_names(client):
        device = f"to-{name}"
        ip("-netns", edge, "link", "add", device, "type", "veth", "peer", "name", "up0", "netns", client)
        for namespace, its_device, last in ((edge, device, 1), (client, "up0", 2)):
            ip("-netns", namespace, "addr", "add", f"10.79.{number}.{last}/24", "dev", its_device)
            ip("-netns", namespace, "addr", "add", f"fd79:{number}::{last}/64", "dev", its_device, "nodad")
            ip("-netns", namespace, "link", "set", its_device, "up")
        ip("-netns", client, "route", "add", "default", "via", f"10.79.{number}.1")
        ip("-netns", client, "route", "add", "default", "via", f"fd79:{number}::1")
        yield client


@contextlib.contextmanager
def _own_names(namespace):
    """`ip netns exec` mounts these files in /etc. Other names fail to resolve at once."""
    folder = pathlib.Path("/etc/netns") / namespace
    folder.mkdir(parents=True)
    try:
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{V4} {NAME}\n{V6} {NAME}\n")
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        yield
    finally:
        shutil.rmtree(folder)
