"""The rights that a compared server runs with: those of the shipped systemd unit, or those of the unit with its drop-in."""

import re
import resource
from dataclasses import dataclass
from pathlib import Path

from lib.process import programs
from lib.process.errors import ToolError

UNIT = programs.ROOT / "conf" / "causewayd.service"
DROP_IN = programs.ROOT / "conf" / "steered-ports.conf"
USER, GROUP = "nobody", "nogroup"
# Linux capability numbers (linux/capability.h) that a relay can use.
_CAPABILITIES = {"CAP_NET_BIND_SERVICE": 10, "CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_SYS_NICE": 23, "CAP_PERFMON": 38, "CAP_BPF": 39}


@dataclass(frozen=True)
class Rights:
    """Of a server process, which runs as the user `nobody`."""

    name: str
    capabilities: tuple
    open_files: int | None

    def command(self, words: list) -> list:
        """The command, with its rights reduced first."""
        files = [] if self.open_files is None else ["prlimit", f"--nofile={self.open_files}:{self.open_files}"]
        kept = ",".join(["-all", *(f"+{name.removeprefix('CAP_').lower()}" for name in self.capabilities)])
        return [*files, "setpriv", f"--reuid={USER}", f"--regid={GROUP}", "--clear-groups", "--no-new-privs", f"--bounding-set={kept}",
                f"--inh-caps={kept}", f"--ambient-caps={kept}", *words]


def of_unit() -> Rights:
    return of_files("unit", UNIT)


def of_unit_and_drop_in() -> Rights:
    return of_files("unit with steered-ports.conf", UNIT, DROP_IN)


def of_files(name: str, *files: Path) -> Rights:
    """Reads AmbientCapabilities, CapabilityBoundingSet and LimitNOFILE. systemd merges the lists of a unit and its drop-ins."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    granted = _names(text, "AmbientCapabilities") & _names(text, "CapabilityBoundingSet")
    if unknown := granted - set(_CAPABILITIES):
        raise ToolError(f"{files[-1]} grants {', '.join(sorted(unknown))}: add the capability to tools/lib/turnbench/rights.py")
    limits = re.findall(r"^LimitNOFILE=(\d+)", text, re.MULTILINE)
    return Rights(name, tuple(sorted(granted)), _reachable_files(int(limits[-1])) if limits else None)


def _reachable_files(wanted: int) -> int:
    """Raises this process's hard limit to `wanted` if the system permits it. Returns the limit that a child can have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        return wanted
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, wanted))
        return wanted
    except (ValueError, OSError):
        return hard


def effective_capabilities(pid: int) -> list:
    """Names of the capabilities, of those that a relay can use, that a running process has."""
    mask = int(re.search(r"^CapEff:\s*([0-9a-f]+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1], 16)
    return [name for name, number in _CAPABILITIES.items() if mask >> number & 1]


def _names(text: str, key: str) -> set:
    return {name for line in re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for name in line.split()}
