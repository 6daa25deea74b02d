"""Starts causeway-wan and sends it commands."""

import json
import time
from pathlib import Path

from . import namespaces
from lib.process import json_socket, processes, programs
from lib.process.errors import ToolError
from .state import LabState
from .topology import Topology

READY_WITHIN_S = 10.0


def start(state: LabState, topology: Topology, bin_dir: str | None) -> None:
    """Starts causeway-wan and records its process. Returns when it answers."""
    expanded = state.folder / "wan.json"
    expanded.write_text(json.dumps(expand(state, topology)))
    program = programs.find("causeway-wan", bin_dir)
    with processes.signals_held():
        process = processes.start("causeway-wan", [str(program), str(expanded), "--control", str(state.wan_socket)],
                                  state.folder / "wan.log")
        state.processes["causeway-wan"] = process
    state.save()
    deadline = time.monotonic() + READY_WITHIN_S
    while not _answers(state.wan_socket):
        if not process.is_alive() or time.monotonic() > deadline:
            raise ToolError(f"causeway-wan did not start ({process.log}):\n{processes.last_lines(process)}")
        time.sleep(0.02)


def expand(state: LabState, topology: Topology) -> dict:
    """The topology as tools/wan/wan_json.h describes it."""
    hosts = [{"name": host.name, "netns": str(namespaces.netns_path(state.namespace_of(host.name))),
              "device": namespaces.DEVICE, "addresses": [host.v4, host.v6], "labels": host.labels}
             for host in topology.hosts.values()]
    return {"hosts": hosts, "links": topology.wan_links()}


def ask(state: LabState, command: str, **arguments) -> dict:
    """Sends a command. Omits arguments that are None."""
    request = {"command": command} | {key: value for key, value in arguments.items() if value is not None}
    return json_socket.ask(state.wan_socket, request)


def _answers(socket: Path) -> bool:
    try:
        return json_socket.ask(socket, {"command": "ping"}).get("ok", False)
    except ToolError:
        return False
