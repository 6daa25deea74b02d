"""Hard trials of one node of a running lab: a frozen process (`tools/lab freeze`), garbage at an overlay port (`tools/lab garbage`)."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import namespaces, nodes
from lib.process import processes, table
from lib.process.errors import ToolError
from .state import LabState

QUIET_S = 3.0  # after a trial, before the next one
UP_WITHIN_S = 30.0
SENDERS = 2  # one process sends about 120,000 datagrams/s
SENDER = Path(__file__).with_name("garbage_sender.py")
LINK_DOWN = re.compile(r"event=link_changed neighbor=(\d+) before=\S+ after=down cause=(\S+)")


def freeze(lab: LabState, node: str, durations: list[float]) -> list[dict]:
    """Stops the daemon of a node (SIGSTOP) for each duration, and counts the links that went down."""
    daemon = _daemon(lab, node)
    return [_freeze_once(lab, node, daemon.pid, seconds) for seconds in durations]


def render_freeze(rows: list[dict]) -> str:
    header = ["frozen ms", "down: own judgement", "down: neighbor reported", "down at neighbors", "all links up after ms"]
    return table.render(header, [[row["frozen_ms"], row["own"], row["reported"], row["at_neighbors"], row["up_after_ms"]]
                                 for row in rows])


def garbage(lab: LabState, hub: str, node: str, rate: int) -> list[dict]:
    """Restarts the daemon of `node` and measures the time until its link with `hub` is up: undisturbed, then while garbage
    arrives at the overlay port of `hub`."""
    rows = []
    for flood in (None, rate):
        before = nodes.ask(lab, hub, "counters")
        senders = [] if flood is None else [_start_sender(lab, hub, flood // SENDERS) for _ in range(SENDERS)]
        try:
            took = _rejoin(lab, hub, node)
        finally:
            sent = [_stop_sender(sender) for sender in senders]
        time.sleep(QUIET_S)  # the next report of the data plane
        after = nodes.ask(lab, hub, "counters")
        received = _handshakes(after, "received") - _handshakes(before, "received")
        rows.append({"garbage_per_s": round(sum(one["per_second"] for one in sent)), "sent": sum(one["sent"] for one in sent),
                     "received": received, "rejoined_after_ms": round(1000 * took)})
    return rows


def render_garbage(rows: list[dict]) -> str:
    header = ["garbage/s", "sent", "received", "rejoined after ms"]
    return table.render(header, [[row[key] for key in ("garbage_per_s", "sent", "received", "rejoined_after_ms")] for row in rows])


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


def _start_sender(lab: LabState, hub: str, rate: int) -> subprocess.Popen:
    """On the host of the hub itself, so that the WAN loses nothing."""
    address = next(host.v4 for host in lab.topology().nodes if host.name == hub)
    command = [sys.executable, "-B", str(SENDER), address, str(nodes.OVERLAY_PORT), str(rate)]
    return subprocess.Popen(namespaces.command_in(lab.namespace_of(hub), command), stdout=subprocess.PIPE, text=True)


def _stop_sender(sender: subprocess.Popen) -> dict:
    sender.send_signal(signal.SIGTERM)
    output, _ = sender.communicate(timeout=10)
    return json.loads(output)


def _handshakes(document: dict, counter: str) -> int:
    return document["counters"]["handshake"][counter]


def _daemon(lab: LabState, node: str) -> processes.Process:
    process = lab.processes.get(node)
    if process is None or not process.is_alive():
        raise ToolError(f"{node!r} is no node with a daemon; tools/lab status lists them")
    return process
