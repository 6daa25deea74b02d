"""Hard trials of a running lab: a long isolation, a frozen process, recorded handshakes that come again, garbage at an overlay port."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import faults, namespaces, nodes
from lib.process import processes, programs, table
from lib.process.errors import ToolError
from .state import LabState

QUIET_S = 3.0  # after a trial, before the next one
UP_WITHIN_S = 30.0
SENDERS = 2  # one process sends about 130,000 datagrams/s
FLOOD_S = 12  # longer than a restart and a rejoin
COMPLETE_WITHIN_S = 120.0
TAP = Path(__file__).with_name("handshake_tap.py")
LINK_DOWN = re.compile(r"event=link_changed neighbor=(\d+) before=\S+ after=down cause=(\S+)")


def isolation(lab: LabState, minutes: float, bin_dir: str | None) -> list[dict]:
    """Separates the region of the first node from the rest. Meanwhile every node restarts with a seed in its own part only."""
    hosts = lab.topology().nodes
    here = [node.name for node in hosts if node.site.region == hosts[0].site.region]
    there = [node.name for node in hosts if node.name not in here]
    wait_complete(lab)
    faults.partition(lab, [here, there])
    parted = time.monotonic()
    time.sleep(min(20.0, 30 * minutes))
    for part in (here, there):
        seed = nodes.seed_of(lab, next(node for node in hosts if node.name in part and node.role == "hub"), bin_dir)
        for name in part:
            own = [] if name == seed["name"] else [seed]
            nodes.change_config(lab, name, lambda config, own=own: config["overlay"].update(seeds=own))
    nodes.restart(lab, here + there, bin_dir)
    time.sleep(max(0.0, parted + 60 * minutes - time.monotonic()))
    if _is_complete(lab):
        raise ToolError("the partition did not part the nodes")
    faults.heal(lab)
    return [{"apart_min": minutes, "nodes_here": len(here), "nodes_there": len(there),
             "complete_after_ms": round(1000 * wait_complete(lab))}]


def render_isolation(rows: list[dict]) -> str:
    return table.render(["apart min", "nodes here", "nodes there", "complete after ms"], [list(row.values()) for row in rows])


def wait_complete(lab: LabState) -> float:
    """Until every node has a route to every other. Returns the time in seconds."""
    began = time.monotonic()
    while not _is_complete(lab):
        if time.monotonic() - began > COMPLETE_WITHIN_S:
            raise ToolError(f"not every node reaches every other after {COMPLETE_WITHIN_S:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began


def _is_complete(lab: LabState) -> bool:
    names = {node.name for node in lab.topology().nodes}
    for name in names:
        states = {row["node"]: row["state"] for row in nodes.ask(lab, name, "nodes")["nodes"]}
        if set(states) != names or not set(states.values()) <= {"self", "reachable"}:
            return False
    return True


def replay(lab: LabState, hub: str, bin_dir: str | None) -> list[dict]:
    """Records the initiations that reach a hub while the other hubs restart, restarts the hub, and sends the initiations from the
    address of a client."""
    topology = lab.topology()
    others = [node.name for node in topology.nodes if node.role == "hub" and node.name != hub]
    attacker = next(name for name in topology.hosts if name not in {node.name for node in topology.nodes})
    address = next(node.v4 for node in topology.nodes if node.name == hub)
    wait_complete(lab)
    recorder = _tap(lab, hub, "record", str(nodes.OVERLAY_PORT))
    nodes.restart(lab, others, bin_dir)
    wait_complete(lab)
    recorder.send_signal(signal.SIGTERM)
    recorded, _ = recorder.communicate(timeout=10)
    if not json.loads(recorded):
        raise ToolError(f"no initiation reached {hub}")
    nodes.restart(lab, [hub], bin_dir)
    wait_complete(lab)
    time.sleep(QUIET_S)
    marks = {name: Path(process.log).stat().st_size for name, process in lab.processes.items() if name != "causeway-wan"}
    counts, _ = _tap(lab, attacker, "replay", address, str(nodes.OVERLAY_PORT)).communicate(recorded, timeout=60)
    time.sleep(QUIET_S)
    changes = sum(Path(lab.processes[name].log).read_bytes()[mark:].count(b"event=link_changed") for name, mark in marks.items())
    return [{"recorded": len(json.loads(recorded))} | json.loads(counts) | {"link_changes": changes}]


def render_replay(rows: list[dict]) -> str:
    return table.render(["recorded", "sent", "handshake answers", "link frames to the attacker", "link changes"],
                        [list(row.values()) for row in rows])


def _tap(lab: LabState, host: str, *arguments: str) -> subprocess.Popen:
    command = namespaces.command_in(lab.namespace_of(host), [sys.executable, "-B", str(TAP), *arguments])
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def freeze(lab: LabState, node: str, durations: list[float]) -> list[dict]:
    """Stops the daemon of a node (SIGSTOP) for each duration, and counts the links that went down."""
    daemon = _daemon(lab, node)
    return [_freeze_once(lab, node, daemon.pid, seconds) for seconds in durations]


def render_freeze(rows: list[dict]) -> str:
    header = ["frozen ms", "down: own judgement", "down: neighbor reported", "down at neighbors", "all links up after ms"]
    return table.render(header, [[row["frozen_ms"], row["own"], row["reported"], row["at_neighbors"], row["up_after_ms"]]
                                 for row in rows])


def garbage(lab: LabState, hub: str, node: str, rate: int, bin_dir: str | None) -> list[dict]:
    """Restarts the daemon of `node` and measures the time until its link with `hub` is up: undisturbed, then while garbage
    arrives at the overlay port of `hub`."""
    rows = []
    for flood in (None, rate):
        before = nodes.ask(lab, hub, "counters")
        drops = _socket_drops(lab, hub)
        senders = [] if flood is None else [_start_sender(lab, hub, flood // SENDERS, bin_dir) for _ in range(SENDERS)]
        took = _rejoin(lab, hub, node)
        sent = [json.loads(sender.communicate()[0]) for sender in senders]
        time.sleep(QUIET_S)  # the next report of the data plane
        after = nodes.ask(lab, hub, "counters")
        received = _handshakes(after, "received") - _handshakes(before, "received")
        rows.append({"garbage_per_s": round(sum(one["per_second"] for one in sent)), "sent": sum(one["sent"] for one in sent),
                     "received": received,
                     "lost_at_socket": _socket_drops(lab, hub) - drops, "rejoined_after_ms": round(1000 * took)})
    return rows


def render_garbage(rows: list[dict]) -> str:
    header = ["garbage/s", "sent", "received", "lost at the socket", "rejoined after ms"]
    return table.render(header, [list(row.values()) for row in rows])


def _freeze_once(lab: LabState, node: str, pid: int, seconds: float) -> dict:
    marks = {name: Path(process.log).stat().st_size for name, process in lab.processes.items() if name != "causeway-wan"}
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    thawed = time.monotonic()
    time.sleep(0.2)
    up_after = _wait_up(lab, node, thawed)
    time.sleep(QUIET_S)
    number = next(host.node_id for host in lab.topology().nodes if host.name == node)
    own = _downs(lab, node, marks[node])
    others = [neighbor for name, mark in marks.items() if name != node for neighbor, _ in _downs(lab, name, mark)]
    return {"frozen_ms": round(1000 * seconds), "own": sum(cause != "peer-reported" for _, cause in own),
            "reported": sum(cause == "peer-reported" for _, cause in own), "at_neighbors": others.count(number),
            "up_after_ms": round(1000 * up_after)}


def _downs(lab: LabState, node: str, mark: int) -> list[tuple[int, str]]:
    """Neighbor and cause of every link that went down since a position of the log."""
    text = Path(lab.processes[node].log).read_bytes()[mark:].decode(errors="replace")
    return [(int(neighbor), cause) for neighbor, cause in LINK_DOWN.findall(text)]


def _wait_up(lab: LabState, node: str, began: float) -> float:
    while any(link["state"] != "up" for link in nodes.ask(lab, node, "links")["links"]):
        if time.monotonic() - began > UP_WITHIN_S:
            raise ToolError(f"the links of {node} are not up after {UP_WITHIN_S:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - began


def _rejoin(lab: LabState, hub: str, node: str) -> float:
    processes.stop([_daemon(lab, node)])
    time.sleep(QUIET_S)  # the hub has noticed
    folder = lab.node_folder(node)
    program = Path(f"/proc/{_daemon(lab, hub).pid}/exe").resolve()
    began = time.monotonic()
    with processes.signals_held():
        lab.processes[node] = processes.start(node, namespaces.command_in(
            lab.namespace_of(node), [str(program), "--config", str(folder / "config.yaml")]), folder / "log")
    lab.save()
    nodes.wait_ready(lab, [node])
    while not any(link["to"] == hub and link["state"] == "up" for link in nodes.ask(lab, node, "links")["links"]):
        if time.monotonic() - began > UP_WITHIN_S:
            raise ToolError(f"{node} has no link with {hub} after {UP_WITHIN_S:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - began


def _start_sender(lab: LabState, hub: str, rate: int, bin_dir: str | None) -> subprocess.Popen:
    """On the host of the hub itself, so that the WAN loses nothing. Forged initiations of 200 bytes from spoofed addresses."""
    address = next(host.v4 for host in lab.topology().nodes if host.name == hub)
    command = [str(programs.find("causeway-flood", bin_dir)), "--server", f"{address}:{nodes.OVERLAY_PORT}", "--payload", "handshakes",
               "--rate", str(rate), "--seconds", str(FLOOD_S)]
    return subprocess.Popen(namespaces.command_in(lab.namespace_of(hub), command), stdout=subprocess.PIPE, text=True)


def _socket_drops(lab: LabState, host: str) -> int:
    text = subprocess.run(namespaces.command_in(lab.namespace_of(host), ["cat", "/proc/net/snmp"]), capture_output=True, text=True,
                          check=True).stdout
    names, values = [line.split()[1:] for line in text.splitlines() if line.startswith("Udp:")]
    return int(dict(zip(names, values))["RcvbufErrors"])


def _handshakes(document: dict, counter: str) -> int:
    return document["counters"]["handshake"][counter]


def _daemon(lab: LabState, node: str) -> processes.Process:
    process = lab.processes.get(node)
    if process is None or not process.is_alive():
        raise ToolError(f"{node!r} is no node with a daemon; tools/lab status lists them")
    return process
