"""Brings a lab up and down."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from . import namespaces, nodes, state, wan
from lib.process import processes
from lib.process.errors import ToolError
from .state import LabState
from .topology import load_topology

Progress = Callable[[str], None]


def up(topology_path: Path, folder: Path, *, prefix: str = "cw-", bin_dir: str | None = None,
       with_daemons: bool = True, progress: Progress = lambda text: None) -> LabState:
    """Brings everything up. After a failure it deletes what it has created. Does nothing when the same lab is up already."""
    with state.locked(folder):
        topology = load_topology(topology_path)
        before = state.load(folder)
        if before is not None:
            if before.is_up and before.topology_path == topology.path and _is_healthy(before):
                progress("the lab is up already")
                return before
            if before.is_up and _is_healthy(before):
                raise ToolError(f"a lab of {before.topology_path} is up in {folder}: run tools/lab down first")
            _take_down(before)
        _remove_files(folder)  # logs of a failed start, and keys: each lab has its own
        lab = LabState(folder, topology.path, prefix)
        try:
            _bring_up(lab, bin_dir, with_daemons, progress)
        except BaseException:
            _take_down(lab, keep_logs=True)
            raise
        return lab


def down(folder: Path) -> bool:
    """Returns False when no lab was up."""
    with state.locked(folder):
        lab = state.load(folder)
        if lab is not None:
            _take_down(lab)
        return lab is not None


def _bring_up(lab: LabState, bin_dir: str | None, with_daemons: bool, progress: Progress) -> None:
    topology = lab.topology()
    names = [lab.namespace_of(name) for name in topology.hosts]
    namespaces.require_free(names)
    lab.namespaces = names
    lab.save()
    progress(f"{len(topology.hosts)} network namespaces")
    # Held: after an interruption a worker would go on creating namespaces while the others are deleted.
    with processes.signals_held(), ThreadPoolExecutor(max_workers=4) as workers:
        list(workers.map(lambda host: namespaces.create(lab.namespace_of(host.name), host),
                         topology.hosts.values()))
    progress("the WAN between them")
    wan.start(lab, topology, bin_dir)
    if with_daemons:
        progress(f"keys, certificates and configuration of {len(topology.nodes)} nodes")
        nodes.enroll(lab, topology, bin_dir)
        progress(f"{len(topology.nodes)} daemons")
        nodes.start(lab, topology, bin_dir)
    lab.is_up = True
    lab.save()


def _take_down(lab: LabState, keep_logs: bool = False) -> None:
    wan_process = lab.processes.get("causeway-wan")
    processes.stop([process for process in lab.processes.values() if process is not wan_process])
    if wan_process is not None:
        processes.stop([wan_process])
    for namespace in lab.namespaces:
        namespaces.delete(namespace)
    (lab.folder / "lab.json").unlink(missing_ok=True)
    if not keep_logs:
        _remove_files(lab.folder)


def _remove_files(folder: Path) -> None:
    for entry in ("nodes", "ca"):
        shutil.rmtree(folder / entry, ignore_errors=True)
    for entry in ("wan.json", "wan.log", "wan.sock"):
        (folder / entry).unlink(missing_ok=True)


def _is_healthy(lab: LabState) -> bool:
    return all(process.is_alive() for process in lab.processes.values())
