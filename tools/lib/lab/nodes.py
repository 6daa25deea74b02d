"""The overlay nodes of a lab: cluster CA, certificates, configuration, daemons."""

import json
import secrets
import subprocess
import time
from pathlib import Path
from typing import Callable

import yaml

from . import namespaces
from lib.process import json_socket, processes, programs
from lib.process.errors import ToolError
from .state import LabState
from .topology import ADDRESS_RANGES, Host, Topology

OVERLAY_PORT = 7000
TURN_PORT = 3478
REALM = "causeway.lab"
USER = "lab"
PASSWORD = "lab-password"
READY_WITHIN_S = 20.0


def enroll(state: LabState, topology: Topology, bin_dir: str | None) -> None:
    """Writes the files of the daemons: keys, certificates, configuration."""
    causeway = programs.find("causeway", bin_dir)
    authority = state.folder / "ca"
    _run(causeway, "ca", "init", "--dir", authority)
    keys = {node.name: _enroll_node(causeway, authority, state.node_folder(node.name), node)
            for node in topology.nodes}
    seeds = [{"name": hub.name, "endpoint": f"{hub.v4}:{OVERLAY_PORT}", "key": keys[hub.name]}
             for hub in _seed_hubs(topology)]
    nonce_key = secrets.token_hex(32)
    for node in topology.nodes:
        config = _config(node, state.admin_socket(node.name), seeds, nonce_key)
        config["overlay"] |= topology.overlay
        text = yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=160)
        (state.node_folder(node.name) / "config.yaml").write_text(text)


def start(state: LabState, topology: Topology, bin_dir: str | None) -> None:
    """Starts all daemons. Returns when each answers on its admin socket."""
    start_some(state, [node.name for node in topology.nodes], bin_dir)


def start_some(state: LabState, names: list[str], bin_dir: str | None) -> None:
    program = programs.find("causewayd", bin_dir)
    for name in names:
        folder = state.node_folder(name)
        command = [str(program), "--config", str(folder / "config.yaml")]
        with processes.signals_held():
            state.processes[name] = processes.start(
                name, namespaces.command_in(state.namespace_of(name), command), folder / "log")
    state.save()
    wait_ready(state, names)


def restart(state: LabState, names: list[str], bin_dir: str | None) -> None:
    processes.stop([state.processes[name] for name in names])
    start_some(state, names, bin_dir)


def seed_of(state: LabState, hub: Host, bin_dir: str | None) -> dict:
    """The entry of a hub in overlay.seeds."""
    shown = json.loads(_run(programs.find("causeway", bin_dir), "node", "show", state.node_folder(hub.name) / "node.cert", "--json"))
    return {"name": hub.name, "endpoint": f"{hub.v4}:{OVERLAY_PORT}", "key": shown["exchange_key"]}


def change_config(state: LabState, name: str, change: Callable[[dict], None]) -> None:
    """Rewrites the configuration of a node. The daemon reads it at its next start."""
    path = state.node_folder(name) / "config.yaml"
    config = yaml.safe_load(path.read_text())
    change(config)
    path.write_text(yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=160))


def wait_ready(state: LabState, names: list[str]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    for name in names:
        while True:
            process = state.processes[name]
            if not process.is_alive():
                raise ToolError(f"{name} ended during its start ({process.log}):\n{processes.last_lines(process)}")
            try:
                json_socket.ask(state.admin_socket(name), {"command": "status"})
                break
            except ToolError as error:
                if time.monotonic() > deadline:
                    raise ToolError(f"{name} is not ready after {READY_WITHIN_S:.0f} s: {error} ({process.log})"
                                   f"\n{processes.last_lines(process)}") from error
            time.sleep(0.05)


def ask(state: LabState, node: str, command: str, **arguments) -> dict:
    """Sends an admin query. Returns the document that `causeway COMMAND --json` prints."""
    return json_socket.ask(state.admin_socket(node), {"command": command, **arguments})


def _seed_hubs(topology: Topology) -> list[Host]:
    """One hub of each provider, so that a new node can join after the loss of a provider."""
    seeds: dict[str, Host] = {}
    for node in topology.nodes:
        if node.role == "hub":
            seeds.setdefault(node.site.provider, node)
    return list(seeds.values())


def _enroll_node(causeway: Path, authority: Path, folder: Path, node: Host) -> str:
    """Returns the node's exchange key."""
    folder.mkdir(parents=True, exist_ok=True)
    answer = _run(causeway, "node", "enroll", "--ca", authority, "--name", node.name, "--id", node.node_id,
                  "--provider", node.site.provider, "--region", node.site.region, "--zone", node.site.cloud_region,
                  "--role", node.role, "--out", folder, "--json")
    try:
        return json.loads(answer)["exchange_key"]
    except (ValueError, KeyError) as error:
        raise ToolError(f"causeway node enroll returned no exchange_key for {node.name}: {answer!r}") from error


def _config(node: Host, admin_socket: Path, seeds: list[dict], nonce_key: str) -> dict:
    overlay = {"listen": [f"{node.v4}:{OVERLAY_PORT}"],
               "seeds": [seed for seed in seeds if seed["name"] != node.name]}
    config = {"node": {"roles": [node.role], "identity": "node.key", "certificate": "node.cert",
                       "cluster_ca": "ca.pub"},
              "overlay": overlay,
              "admin": {"socket": str(admin_socket)},
              "state_dir": "state",
              "cores": 1}
    if node.role == "edge":
        config["turn"] = {"listen": [f"{node.v4}:{TURN_PORT}", f"[{node.v6}]:{TURN_PORT}"],
                          "relay_addresses": [node.v4, node.v6],
                          "allow_private_relay_addresses": True,
                          "realm": REALM,
                          "users": [{"name": USER, "password": PASSWORD}],
                          "nonce_keys": [nonce_key],
                          "peers": {"allow": list(ADDRESS_RANGES)}}
    return config


def _run(program: Path, *arguments) -> str:
    command = [str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"{' '.join(command)}:\n{done.stderr.strip() or done.stdout.strip() or 'failed'}")
    return done.stdout
