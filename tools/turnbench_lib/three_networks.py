"""Clients, server and peers, each in a network namespace of its own; every packet crosses the server's."""

import contextlib
import os
import resource
import subprocess
from dataclasses import dataclass

from lab_lib.errors import LabError

SERVER_ADDRESS = "10.77.9.1"
SERVER_PORT = 3478
CLIENT_ADDRESS = "10.77.1.2"
PEER_ADDRESS = "10.77.2.2"
# Servers and generator alike: what else this machine does is to disturb them little.
PRIORITY = ("chrt", "--rr", "1")


@dataclass(frozen=True)
class Networks:
    clients: str
    server: str
    peers: str
    server_core: int
    generator_cores: tuple

    def command_in(self, namespace: str, cores, command: list) -> list:
        listed = ",".join(map(str, cores))
        return ["ip", "netns", "exec", namespace, *PRIORITY, "taskset", "-c", listed, *map(str, command)]


@contextlib.contextmanager
def three_networks(server_core: int):
    """Yields Networks; the namespaces are gone afterwards, whatever happens."""
    prefix = f"tb{os.getpid()}"
    # Of each process started from here.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    others = tuple(sorted(os.sched_getaffinity(0) - {server_core}))
    if not others:
        raise LabError("two cores are needed: one for the server, one for the clients and peers")
    networks = Networks(f"{prefix}-clients", f"{prefix}-server", f"{prefix}-peers", server_core, others)
    names = (networks.clients, networks.server, networks.peers)
    try:
        for name in names:
            _ip("netns", "add", name)
            _ip("-netns", name, "link", "set", "lo", "up")
        _ip("-netns", networks.server, "addr", "add", f"{SERVER_ADDRESS}/32", "dev", "lo")
        _join(networks, networks.clients, "10.77.1", CLIENT_ADDRESS, "clients")
        _join(networks, networks.peers, "10.77.2", PEER_ADDRESS, "peers")
        # New clients come from ports that the server has not just seen.
        _write(networks.clients, "/proc/sys/net/ipv4/ip_local_port_range", "1024 65535")
        yield networks
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _join(networks: Networks, namespace: str, net: str, address: str, device: str) -> None:
    _ip("link", "add", "up0", "netns", namespace, "type", "veth", "peer", "name", device, "netns", networks.server)
    _ip("-netns", namespace, "addr", "add", f"{address}/24", "dev", "up0")
    _ip("-netns", networks.server, "addr", "add", f"{net}.1/24", "dev", device)
    _ip("-netns", namespace, "link", "set", "up0", "up")
    _ip("-netns", networks.server, "link", "set", device, "up")
    _ip("-netns", namespace, "route", "add", "default", "via", f"{net}.1")


def _write(namespace: str, path: str, text: str) -> None:
    script = f"echo {text} > {path}"
    done = subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{path} cannot be set: {done.stderr.strip()}")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"ip {' '.join(arguments)}: {done.stderr.strip() or 'failed'} (this needs root)")
