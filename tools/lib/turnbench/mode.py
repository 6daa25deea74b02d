"""The mode that a running server is in, read from the kernel: its capabilities, BPF programs and socket buffers."""

import contextlib
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from . import rights
from .three_networks import SERVER_PORT, Networks

_STEERING = "netns"  # the link type that fdinfo shows for a BPF_SK_LOOKUP program


@dataclass(frozen=True)
class Mode:
    rights: str  # the name of its Rights
    capabilities: list
    relay_ports: str  # "steered": one socket receives for all; "sockets": one each
    has_xdp: bool
    receive_buffer: int | None  # bytes, of the listener

    def to_json(self) -> dict:
        return asdict(self)

    def __str__(self) -> str:
        buffer = "unknown" if self.receive_buffer is None else f"{self.receive_buffer / 1024:.0f} KiB"
        return (f"rights: {self.rights} ({' '.join(self.capabilities) or 'no capabilities'}); relay ports: {self.relay_ports}; "
                f"XDP: {'on' if self.has_xdp else 'off'}; receive buffer of the listener: {buffer}")


def of(pid: int, networks: Networks, granted: rights.Rights) -> Mode:
    links = _bpf_links(pid)
    return Mode(granted.name, rights.effective_capabilities(pid), "steered" if _STEERING in links else "sockets", "xdp" in links,
                _receive_buffer(networks))


def _bpf_links(pid: int) -> set:
    """Types of the BPF links that a process holds."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            if "bpf" in str(descriptor.readlink()):
                found |= set(re.findall(r"^link_type:\s*(\w+)", Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text(), re.MULTILINE))
    return found


def _receive_buffer(networks: Networks) -> int | None:
    command = networks.command_in(networks.server, networks.generator_cores, ["ss", "-Huanm", f"sport = :{SERVER_PORT}"])
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    sizes = [int(size) for size in re.findall(r"skmem:\(.*?\brb(\d+)", listed)]
    return max(sizes, default=None)
