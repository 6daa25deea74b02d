"""Asks the nodes of a lab for their paths and for the events that moved traffic (tools/cli/README.md lists the fields)."""

import time
from dataclasses import dataclass

from . import nodes
from lib.process.errors import ToolError
from .state import LabState


# Causes of events that a node detected by itself.
DETECTIONS = ("silent", "one-way", "loss", "rtt")


@dataclass(frozen=True)
class Pair:
    source: str
    destination: str

    @property
    def reverse(self) -> "Pair":
        return Pair(self.destination, self.source)


def active_path(lab: LabState, pair: Pair) -> list[str]:
    """Node names from source to destination; empty when there is no path."""
    for path in nodes.ask(lab, pair.source, "paths", source=pair.source, destination=pair.destination)["paths"]:
        if path["role"] == "active":
            return path["nodes"]
    return []


def has_standby(lab: LabState, pair: Pair) -> bool:
    document = nodes.ask(lab, pair.source, "paths", source=pair.source, destination=pair.destination)
    return any(path["role"] == "standby" for path in document["paths"])


def wait_for_paths(lab: LabState, pair: Pair, within_s: float) -> float:
    """Waits until both directions have an active path and a standby. Returns the time in seconds."""
    began = time.monotonic()
    while True:
        try:
            if all(active_path(lab, way) and has_standby(lab, way) for way in (pair, pair.reverse)):
                return time.monotonic() - began
            problem = "no active path and standby"
        except ToolError as error:
            problem = str(error)
        if time.monotonic() - began > within_s:
            raise ToolError(f"{pair.source} and {pair.destination} found no two paths in {within_s:.0f} s: {problem}")
        time.sleep(0.1)


def wait_until_settled(lab: LabState, pair: Pair, quiet_s: float, within_s: float) -> None:
    """Waits until the pair's own links are up and its paths have not changed for `quiet_s`, or until `within_s` is over. Links of other
    nodes are not checked: a hub may still list a link that an edge has closed."""
    deadline = time.monotonic() + within_s
    seen, since = None, time.monotonic()
    while time.monotonic() < deadline:
        now = active_path(lab, pair), active_path(lab, pair.reverse)
        if now != seen or not _all_links_up(lab, pair):
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > quiet_s:
            return
        time.sleep(0.2)


def _all_links_up(lab: LabState, pair: Pair) -> bool:
    return all(link["state"] == "up" for name in (pair.source, pair.destination)
               for link in nodes.ask(lab, name, "links")["links"])


def hub_in_use(path: list[str]) -> str:
    """The transit node in the middle of a path."""
    if len(path) < 3:
        raise ToolError(f"the path {' > '.join(path)} crosses no hub")
    return path[len(path) // 2]


def middle_link(path: list[str]) -> tuple[str, str]:
    at = len(path) // 2
    return path[at - 1], path[at]


def switch_event(lab: LabState, pair: Pair, broken: str, since_ns: int) -> dict | None:
    """The first event of any node since `since_ns` that reports the failure of `broken` (a node, or one end of a link). Events about
    the pair itself come first; a node on the path may repair the path before the source knows. `detect_ms` is the node's own figure;
    without one (loss) it is the time from `since_ns` to the detection."""
    detected = [event for event in _events(lab, except_of=broken) if event["at_ns"] >= since_ns and
                event["cause"] in DETECTIONS and not event["false_alarm"] and
                broken in (event["link"] or "").split("→")]
    of_pair = [event for event in detected if {event["source"], event["destination"]} == {pair.source, pair.destination}]
    first = min(of_pair or detected, key=lambda event: event["at_ns"], default=None)
    if first is not None and first["detect_ms"] is None:
        first["detect_ms"] = round((first["at_ns"] - since_ns) / 1e6 - (first["switch_ms"] or 0), 1)
    return first


def _events(lab: LabState, except_of: str) -> list[dict]:
    events = []
    for node in lab.topology().nodes:
        if node.name != except_of:
            events += [event | {"node": node.name} for event in nodes.ask(lab, node.name, "events")["events"]]
    return events
