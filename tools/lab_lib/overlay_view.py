"""What the nodes of a lab say about their paths and about what moved traffic (tools/cli/README.md lists the fields)."""

import time
from dataclasses import dataclass

from . import nodes
from .errors import LabError
from .state import LabState


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
    """Until both directions have an active path and a standby. Returns how long that took."""
    began = time.monotonic()
    while True:
        try:
            if all(active_path(lab, way) and has_standby(lab, way) for way in (pair, pair.reverse)):
                return time.monotonic() - began
            problem = "no active path and standby"
        except LabError as error:
            problem = str(error)
        if time.monotonic() - began > within_s:
            raise LabError(f"{pair.source} and {pair.destination} found no two paths in {within_s:.0f} s: {problem}")
        time.sleep(0.1)


def hub_in_use(path: list[str]) -> str:
    """The transit node in the middle of a path."""
    if len(path) < 3:
        raise LabError(f"the path {' > '.join(path)} crosses no hub")
    return path[len(path) // 2]


def middle_link(path: list[str]) -> tuple[str, str]:
    at = len(path) // 2
    return path[at - 1], path[at]


def switch_event(lab: LabState, pair: Pair, witnesses: list[str], since_unix_ms: float) -> dict | None:
    """The first event since then that took the pair's traffic elsewhere, as any of these nodes tells it. A node on the path
    repairs locally before the source knows; then its event is the one."""
    events = []
    for name in witnesses:
        try:
            events += [event | {"node": name} for event in nodes.ask(lab, name, "events")["events"]]
        except LabError:
            continue  # it is cut off or down
    moved = [event for event in events if event["unix_ms"] >= since_unix_ms and not event["false_alarm"] and
             pair.destination in (event["destination"], event["source"])]
    measured = [event for event in moved if event["detect_ms"] is not None]
    return min(measured or moved, key=lambda event: event["unix_ms"], default=None)
