"""Breaks the network under two running calls and measures both: one row of quickstart's table for each fault.

One call goes through the overlay, the plain call over the direct path. Both run between the same two hosts at the same time.
A fault hits both calls in the same directions. heal() ends a fault after CUT_S or LOSSY_S; a cut plain path stays dead until then.
Times are of CLOCK_MONOTONIC, which all processes of the lab share.
"""

import statistics
import time
from dataclasses import dataclass

from . import faults, overlay_view
from .call_end import CallEnd
from lib.process.errors import ToolError
from .overlay_view import Pair
from .state import LabState

CUT_S = 4.0
LOSSY_S = 5.0
LOSS = 0.05
LEAD_S = 0.5  # a measured window opens this long before its fault
SETTLE_S = 1.5  # a measured window closes this long after the fault is healed
QUIET_S = 2.5  # paths count as settled after this time without a change
SETTLED_WITHIN_S = 20.0
LATE_S = 0.5  # the last packets of a window arrive within this
FLOWS_WITHIN_S = 15.0  # a busy machine may stall for a moment


@dataclass
class CallPair:
    """Both ends of one call."""

    a: CallEnd
    b: CallEnd

    def measure(self, from_ns: int, to_ns: int) -> dict:
        """The longest gap of any stream, and the lost packets of all streams, in both directions."""
        at_a, at_b = self.a.report(from_ns, to_ns), self.b.report(from_ns, to_ns)
        ways = [received[name] | {"of": f"{name} to {to.host.name}", "sent": sent[name]["sent"]}
                for sent, received, to in ((at_a, at_b, self.b), (at_b, at_a, self.a)) for name in sent]
        worst = max(ways, key=lambda way: way["longest_gap_ms"])
        return {"gap_ms": round(worst["longest_gap_ms"], 1), "gap_of": worst["of"],
                "sent": sum(way["sent"] for way in ways),
                "lost": sum(way["sent"] - way["received"] for way in ways)}

    def gets_flowing(self) -> bool:
        """Waits until nine in ten packets of a second arrive. False after FLOWS_WITHIN_S."""
        deadline = time.monotonic() + FLOWS_WITHIN_S
        while not self._is_flowing(time.monotonic_ns()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True

    def _is_flowing(self, now_ns: int) -> bool:
        measured = self.measure(now_ns - 1_500_000_000, now_ns - 500_000_000)
        return measured["sent"] > 0 and measured["lost"] < measured["sent"] / 10


@dataclass
class Experiment:
    """A call through the overlay and one over the direct path. Each fault hits both calls in the same directions."""

    lab: LabState
    pair: Pair
    overlay: CallPair
    plain: CallPair

    def cut_hub_in_use(self) -> dict:
        paths = self._active_paths()
        hub = overlay_view.hub_in_use(paths[0])
        hit = [hub in path for path in paths]
        return self._fail(f"silent death of {hub}", paths, hit, CUT_S,
                          lambda: [faults.cut(self.lab, hub), *self._on_plain_path(faults.cut, hit)], broken=hub)

    def lossy_links_in_use(self) -> dict:
        paths = self._active_paths()
        links = [overlay_view.middle_link(path) for path in paths]
        lossy = [lambda link=link: faults.degrade(self.lab, *link, loss=LOSS, one_way=True) for link in links]
        return self._fail(f"{LOSS:.0%} loss on {' and '.join(' > '.join(link) for link in links)}", paths, [True, True], LOSSY_S,
                          lambda: [*(make() for make in lossy), *self._on_plain_path(faults.degrade, [True, True], loss=LOSS)],
                          broken=links[0][1])

    def _active_paths(self) -> list[list[str]]:
        """Of both directions; the overlay routes each direction separately."""
        return [overlay_view.active_path(self.lab, way) for way in (self.pair, self.pair.reverse)]

    def _on_plain_path(self, fault, hit: list[bool], **effect) -> list[dict]:
        """Applies a fault to the direct path, in the directions that it hits."""
        a, b = self.plain.a.host.name, self.plain.b.host.name
        return [fault(self.lab, *ends, one_way=True, **effect) for ends, is_hit in zip(((a, b), (b, a)), hit) if is_hit]

    def _fail(self, cause: str, paths: list[list[str]], hit: list[bool], lasts_s: float, break_it, broken: str) -> dict:
        time.sleep(LEAD_S)
        began_ns = break_it()[0]["at_ns"]
        time.sleep(lasts_s)
        path_after = self._path_other_than(paths[0], lasts_s)
        healed_ns = faults.heal(self.lab)["at_ns"]
        time.sleep(SETTLE_S + LATE_S)
        window = began_ns - int(LEAD_S * 1e9), healed_ns + int(SETTLE_S * 1e9)
        overlay, plain = self.overlay.measure(*window), self.plain.measure(*window)
        event = overlay_view.switch_event(self.lab, self.pair, broken, began_ns) or {}
        return {"cause": cause, "detect_ms": event.get("detect_ms"), "switch_ms": event.get("switch_ms"),
                "gap_ms": overlay["gap_ms"], "gap_of": overlay["gap_of"], "lost_packets": overlay["lost"], "path_before": paths[0],
                "path_after": path_after, "reverse_path_before": paths[1], "directions_hit": sum(hit),
                "plain_gap_ms": plain["gap_ms"], "plain_lost_packets": plain["lost"],
                "sent_packets": overlay["sent"], "lasted_ms": round((healed_ns - began_ns) / 1e6),
                "event_cause": event.get("cause"), "event_node": event.get("node"),
                "survived": self.overlay.gets_flowing() and overlay["gap_ms"] < lasts_s * 500}

    def _path_other_than(self, before: list[str], within_s: float) -> list[str]:
        """The active path, once it differs from `before` or the time is over. Loss takes a random time to detect."""
        deadline = time.monotonic() + within_s
        while (now := overlay_view.active_path(self.lab, self.pair)) == before and time.monotonic() < deadline:
            time.sleep(0.1)
        return now

    def wait_until_settled(self) -> None:
        overlay_view.wait_until_settled(self.lab, self.pair, quiet_s=QUIET_S, within_s=SETTLED_WITHIN_S)


def median_row(rows: list[dict], cause: str) -> dict:
    """One row for several runs of a fault: the median of each number, and all gaps."""
    if len(rows) == 1:
        return rows[0]
    middle = dict(rows[0])
    for key, value in rows[0].items():
        numbers = [row[key] for row in rows if isinstance(row[key], (int, float)) and not isinstance(row[key], bool)]
        if isinstance(value, bool):
            middle[key] = all(row[key] for row in rows)
        elif numbers:
            middle[key] = round(statistics.median(numbers), 1)
    middle["cause"] = cause
    middle["runs"] = len(rows)
    middle["gap_ms_of_runs"] = [row["gap_ms"] for row in rows]
    middle["plain_gap_ms_of_runs"] = [row["plain_gap_ms"] for row in rows]
    return middle


def require_flow(calls: CallPair, what: str) -> None:
    if not calls.gets_flowing():
        raise ToolError(f"the {what} call carries no packets: see tools/lab status and tools/lab logs NODE")
