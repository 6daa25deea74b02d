"""Creates three network namespaces for clients, server and peers. Every packet crosses the server's namespace."""

import contextlib
import os
import resource
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from lib.process.errors import ToolError

SERVER_ADDRESS = "10.77.9.1"
SERVER_PORT = 3478
SERVER_CARD = "eth0"  # in the cases with one network card
CLIENT_ADDRESS = "10.77.1.2"
PEER_ADDRESS = "10.77.2.2"
# Time that an idle core of a virtual machine polls for work before it returns to the host. Not every kernel has the setting.
IDLE_POLL = Path("/sys/module/haltpoll/parameters/guest_halt_poll_ns")
IDLE_POLL_NS = 200_000
# Real-time, so that other tasks disturb the servers little.
PRIORITY = ("chrt", "--rr", "1")
# Queue in front of the server's network card: 80 ms at 50,000 packets/s.
SWITCH_QUEUE_FRAMES = 4096


@dataclass(frozen=True)
class Polling:
    """One network card for clients and peers, polled by a kernel thread on the server's core.

    server_us: poll interval under load; 0: at each arrival. far_end_us: the same for the far end of the card, by a thread on the
    generator's core. With far_end_us None the sending task receives there, as without XDP. With server_us, idle cores do not return to the host.

    The card holds 256 frames, as veth does: 5 ms at 50,000 packets/s. A host that limits the CPU time of its virtual machines
    withholds a core for longer and does not count it as stolen. So the switch in front of the card has a queue, as switches do."""

    server_us: int = 0
    far_end_us: int | None = None


@dataclass(frozen=True)
class Networks:
    clients: str
    server: str
    peers: str
    server_core: int
    generator_cores: tuple
    receivers: list = field(default_factory=list)  # ids of the kernel threads that receive for the server

    def command_in(self, namespace: str, cores, command: list) -> list:
        listed = ",".join(map(str, cores))
        return ["ip", "netns", "exec", namespace, *PRIORITY, "taskset", "-c", listed, *map(str, command)]


@contextlib.contextmanager
def three_networks(server_core: int, polling: Polling | None = None):
    """Yields Networks. Deletes the namespaces afterwards, also after an error."""
    prefix = f"tb{os.getpid()}"
    # Inherited by each process started from here.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    others = tuple(sorted(os.sched_getaffinity(0) - {server_core}))
    if not others:
        raise ToolError("two cores are needed: one for the server, one for the clients and peers")
    networks = Networks(f"{prefix}-clients", f"{prefix}-server", f"{prefix}-peers", server_core, others)
    names = (networks.clients, networks.server, networks.peers)
    cleanup = contextlib.ExitStack()
    try:
        if polling is not None and polling.server_us:
            cleanup.enter_context(_idle_cores_kept())
        for name in names:
            _ip("netns", "add", name)
            _ip("-netns", name, "link", "set", "lo", "up")
        _ip("-netns", networks.server, "addr", "add", f"{SERVER_ADDRESS}/32", "dev", "lo")
        if polling is None:
            _join(networks, networks.clients, "10.77.1", CLIENT_ADDRESS, "clients")
            _join(networks, networks.peers, "10.77.2", PEER_ADDRESS, "peers")
        else:
            _join_by_switch(networks, polling)
        # Many ports: the server has forgotten a port when a new client uses it.
        _write(networks.clients, "/proc/sys/net/ipv4/ip_local_port_range", "1024 65535")
        yield networks
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        cleanup.close()


@contextlib.contextmanager
def _idle_cores_kept():
    before = IDLE_POLL.read_text(encoding="ascii") if IDLE_POLL.exists() else None
    if before is None or int(before) >= IDLE_POLL_NS:
        yield
        return
    IDLE_POLL.write_text(str(IDLE_POLL_NS), encoding="ascii")
    try:
        yield
    finally:
        IDLE_POLL.write_text(before, encoding="ascii")


def _join(networks: Networks, namespace: str, net: str, address: str, device: str) -> None:
    _ip("link", "add", "up0", "netns", namespace, "type", "veth", "peer", "name", device, "netns", networks.server)
    _ip("-netns", namespace, "addr", "add", f"{address}/24", "dev", "up0")
    _ip("-netns", networks.server, "addr", "add", f"{net}.1/24", "dev", device)
    _ip("-netns", namespace, "link", "set", "up0", "up")
    _ip("-netns", networks.server, "link", "set", device, "up")
    _ip("-netns", namespace, "route", "add", "default", "via", f"{net}.1")


def _join_by_switch(networks: Networks, polling: Polling) -> None:
    """The peers' namespace also holds the switch: a bridge with the peers' address."""
    peers = networks.peers
    _ip("-netns", peers, "link", "add", "switch", "type", "bridge")
    for namespace, device, port in ((networks.clients, "up0", "clients"), (networks.server, SERVER_CARD, "server")):
        _ip("link", "add", device, "netns", namespace, "type", "veth", "peer", "name", port, "netns", peers)
        _ip("-netns", peers, "link", "set", port, "master", "switch")
        _ip("-netns", peers, "link", "set", port, "up")
    for namespace, device, net, host in ((networks.clients, "up0", "10.77.1", 2), (peers, "switch", "10.77.2", 2),
                                         (networks.server, SERVER_CARD, "10.77.1", 1), (networks.server, SERVER_CARD, "10.77.2", 1)):
        _ip("-netns", namespace, "addr", "add", f"{net}.{host}/24", "dev", device)
        _ip("-netns", namespace, "link", "set", device, "up")
        if host != 1:
            _ip("-netns", namespace, "route", "add", "default", "via", f"{net}.1")
    _make_pollable(networks, peers, "server")
    _make_pollable(networks, networks.server, SERVER_CARD)
    _run(["tc", "-netns", peers, "qdisc", "add", "dev", "server", "root", "pfifo", "limit", SWITCH_QUEUE_FRAMES])
    if polling.far_end_us is not None:
        _poll(peers, "server", networks.generator_cores[0], polling.far_end_us)
    networks.receivers.extend(_poll(networks.server, SERVER_CARD, networks.server_core, polling.server_us))


def _make_pollable(networks: Networks, namespace: str, device: str) -> None:
    """Enables NAPI. Without NAPI the kernel drops the frames that XDP sends to the device."""
    _run(networks.command_in(namespace, networks.generator_cores, ["ethtool", "-K", device, "gro", "on"]))


def _poll(namespace: str, device: str, core: int, every_us: int) -> list:
    """Makes a kernel thread on that core poll the device, at a higher priority than the server. Returns the thread's id in a list."""
    if every_us:
        _write(namespace, f"/sys/class/net/{device}/gro_flush_timeout", str(every_us * 1000))
        _write(namespace, f"/sys/class/net/{device}/napi_defer_hard_irqs", "1")
    before = _napi_threads()
    _write(namespace, f"/sys/class/net/{device}/threaded", "1")
    threads = sorted(_napi_threads() - before)
    for pid in threads:
        _run(["taskset", "-pc", core, pid])
        _run(["chrt", "--rr", "-p", "2", pid])
    return threads


def _napi_threads() -> set:
    listed = subprocess.run(["pgrep", "^napi/"], capture_output=True, text=True, check=False)
    return {int(pid) for pid in listed.stdout.split()}


def _run(command: list) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"{' '.join(words)}: {done.stderr.strip() or 'failed'} (this needs root)")


def _write(namespace: str, path: str, text: str) -> None:
    script = f"echo {text} > {path}"
    done = subprocess.run(["ip", "netns", "exec", namespace, "sh", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"{path} cannot be set: {done.stderr.strip()}")


def _ip(*arguments: str) -> None:
    _run(["ip", *arguments])
