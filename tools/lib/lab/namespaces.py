"""One network namespace for each host. causeway-wan holds the other end of its TUN device."""

import subprocess
from pathlib import Path

from lib.process.errors import ToolError
from .topology import Host

DEVICE = "wan0"
RUN_NETNS = Path("/run/netns")
# Holds bursts of many flows while the WAN serves other hosts.
QUEUE_PACKETS = 10_000


def netns_path(namespace: str) -> Path:
    return RUN_NETNS / namespace


def exists(namespace: str) -> bool:
    return netns_path(namespace).exists()


def require_free(names: list[str]) -> None:
    """Raises ToolError when a namespace exists and a process runs in it."""
    for namespace in names:
        if exists(namespace) and _ip("netns", "pids", namespace).strip():
            raise ToolError(f"the network namespace {namespace} is in use by another process; "
                           f"`ip netns pids {namespace}` lists it. Another --prefix avoids it")


def create(namespace: str, host: Host) -> None:
    """Creates a namespace. Deletes a namespace of the same name first, from an interrupted run."""
    delete(namespace)
    _ip("netns", "add", namespace)
    _ip("-netns", namespace, "-batch", "-", stdin=f"""
        link set lo up
        tuntap add mode tun name {DEVICE}
        link set {DEVICE} addrgenmode none
        link set {DEVICE} txqueuelen {QUEUE_PACKETS} up
        addr add {host.v4}/32 dev {DEVICE}
        addr add {host.v6}/128 dev {DEVICE} nodad
        route add default dev {DEVICE}
        route add ::/0 dev {DEVICE}
    """)


def delete(namespace: str) -> None:
    """Does nothing when the namespace does not exist."""
    if exists(namespace):
        _ip("netns", "del", namespace)


def command_in(namespace: str, command: list[str]) -> list[str]:
    return ["ip", "netns", "exec", namespace, *command]


def _ip(*arguments: str, stdin: str | None = None) -> str:
    try:
        done = subprocess.run(["ip", *arguments], input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ToolError("the program `ip` is missing: run tools/setup") from error
    if done.returncode != 0:
        raise ToolError(f"ip {' '.join(arguments)}: {done.stderr.strip() or 'failed'}")
    return done.stdout
