"""The record of a running lab: lab.json in its state folder. It is written early, so that `down` finds everything."""

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from lib.process.errors import ToolError
from lib.process.processes import Process
from .topology import Topology, load_topology

DEFAULT_DIR = Path("/run/causeway-lab")


@dataclass
class LabState:
    folder: Path
    topology_path: Path
    prefix: str
    namespaces: list[str] = field(default_factory=list)
    processes: dict[str, Process] = field(default_factory=dict)
    is_up: bool = False

    def namespace_of(self, host: str) -> str:
        return self.prefix + host

    @property
    def wan_socket(self) -> Path:
        return self.folder / "wan.sock"

    def node_folder(self, node: str) -> Path:
        return self.folder / "nodes" / node

    def admin_socket(self, node: str) -> Path:
        return self.node_folder(node) / "admin.sock"

    def topology(self) -> Topology:
        return load_topology(self.topology_path)

    def save(self) -> None:
        document = {"topology": str(self.topology_path), "prefix": self.prefix, "namespaces": self.namespaces,
                    "is_up": self.is_up,
                    "processes": {name: process.to_json() for name, process in self.processes.items()}}
        fresh = self.folder / "lab.json.new"
        fresh.write_text(json.dumps(document, indent=2) + "\n")
        os.replace(fresh, self.folder / "lab.json")


def load(folder: Path) -> LabState | None:
    """Returns None when no lab is recorded."""
    try:
        document = json.loads((folder / "lab.json").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ToolError(f"{folder}/lab.json cannot be read: {error}") from error
    processes = {name: Process(**values) for name, values in document["processes"].items()}
    return LabState(folder, Path(document["topology"]), document["prefix"], document["namespaces"], processes,
                    document["is_up"])


def require(folder: Path) -> LabState:
    state = load(folder)
    if state is None or not state.is_up:
        raise ToolError(f"no lab is up in {folder}: start one with tools/lab up conf/lab/three-cloud.yaml")
    return state


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Allows one `up` or `down` at a time."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ToolError(f"another tools/lab is running in {folder}: wait for its end") from error
            yield
    except PermissionError as error:
        raise ToolError(f"{folder}: {error.strerror}; the lab needs root") from error
