#!/usr/bin/env python3
"""Two unmodified Chromium pages in two clouds, each with the edge of its cloud. The hub in use dies during the call.

The browsers' own statistics must show that video continues and that neither browser restarts ICE.
"""

import contextlib
import json
import os
import pathlib
import select
import subprocess
import tempfile
import time
import unittest

from attempts import Outcome, until_in_time
from child_process import wait_for_end
from own_lab import own_lab

HERE = pathlib.Path(__file__).resolve().parent
CALLER, CALLEE = "client-a", "client-b"
SETTLE_S, SETTLED_WITHIN_S = 4.0, 30.0
WATCH_AFTER_CUT_S = 6.0
STARTED_WITHIN_S = 120  # two browsers, one after the other, and their call
STEP_S = 0.5
MIN_FRAMES_PER_SECOND = 15
MAX_FREEZES = 1
MAX_FREEZE_S = 0.5


class BrowserCallTest(unittest.TestCase):
    def test_video_survives_the_death_of_the_hub_in_use(self):
        with own_lab() as lab:
            edges = [lab.edge_near(client) for client in (CALLER, CALLEE)]
            lab.wait_for_standby(*edges)
            with browser_call(lab, [CALLER, CALLEE]) as call:
                until_in_time(lambda: self.cut_once(lab, edges, call))

    def cut_once(self, lab, edges, call):
        summary = cut_hub_in_use(lab, edges, call)
        print(json.dumps(summary, indent=2))
        self.assert_call_goes_on(summary)
        late = [f"video of {side['client']} was not smooth: {side}" for side in summary["sides"] if not runs_smoothly(side)]
        if late:
            lab.heal()
            lab.wait_for_standby(*edges)
        return Outcome(summary, late=late)

    def assert_call_goes_on(self, summary):
        for path in summary["paths_after"]:
            self.assertTrue(path, "the call left the overlay")
            self.assertNotIn(summary["cut"], path)
        for side in summary["sides"]:
            self.assertGreater(side["frames_in_last_second"], 0, f"video of {side['client']} has stopped")
            self.assert_ice_noticed_nothing(side)

    def assert_ice_noticed_nothing(self, side):
        self.assertEqual((side["pair"]["local"]["type"], side["pair"]["remote"]["type"]), ("relay", "relay"))
        self.assertEqual(side["pair"]["local"]["relayProtocol"], "udp")
        self.assertTrue(side["same_pair"], "another candidate pair was selected")
        self.assertTrue(side["same_ufrag"], "ICE was restarted")
        self.assertEqual(side["ice"], "connected")
        self.assertNotIn("failed", side["ice_states_after_cut"])


def runs_smoothly(side):
    return (side["frames_per_second_after"] > MIN_FRAMES_PER_SECOND and side["frames_in_last_second"] > MIN_FRAMES_PER_SECOND / 2
            and side["freezes"] <= MAX_FREEZES and side["frozen_s"] < MAX_FREEZE_S)


def cut_hub_in_use(lab, edges, call):
    """The measurements of both sides."""
    before = settled(call)
    hub = lab.hub_in_use(*edges)
    assert hub, "the call does not cross a hub"
    paths_before = both_ways(lab, edges)

    lab.cut(hub)
    looks = watch(call, WATCH_AFTER_CUT_S)

    return {"cut": hub, "paths_before": paths_before, "paths_after": both_ways(lab, edges),
            "sides": [summarize(number, before, looks) for number in range(2)]}


def settled(call):
    """Waits until video runs at full rate, and returns the last look. The first seconds of a codec are not steady."""
    began = time.monotonic()
    while True:
        time.sleep(STEP_S)
        sides = call.look()
        rates = [side["video"].get("framesPerSecond") or 0 for side in sides]
        elapsed = time.monotonic() - began
        if elapsed >= SETTLE_S and min(rates) > MIN_FRAMES_PER_SECOND:
            return sides
        if elapsed > SETTLED_WITHIN_S:
            raise AssertionError(f"video did not reach its rate: {rates} frames per second")


def watch(call, seconds):
    """The browsers' statistics every STEP_S, each with its time."""
    began = time.monotonic()
    looks = []
    while time.monotonic() - began < seconds:
        time.sleep(STEP_S)
        looks.append((time.monotonic() - began, call.look()))
    return looks


def both_ways(lab, edges):
    return [lab.active_hubs(*edges), lab.active_hubs(*reversed(edges))]


def summarize(number, before, looks):
    """The measurements of one side between the cut and the last look."""
    elapsed, last = looks[-1]
    _, a_second_ago = looks[-1 - round(1 / STEP_S)]
    then, now = before[number], last[number]

    def increase(name):
        return now["video"][name] - then["video"][name]

    return {
        "client": (CALLER, CALLEE)[number],
        "pair": now["pair"],
        "same_pair": now["pair"]["changes"] == then["pair"]["changes"]
                     and all(look[number]["pair"]["id"] == then["pair"]["id"] for _, look in looks),
        "same_ufrag": now["ufrag"] == then["ufrag"],
        "ice": now["ice"],
        "ice_states_after_cut": [event["ice"] for event in now["events"][len(then["events"]):] if "ice" in event],
        "frames_per_second_after": round(increase("framesDecoded") / elapsed, 1),
        "frames_in_last_second": now["video"]["framesDecoded"] - a_second_ago[number]["video"]["framesDecoded"],
        "freezes": increase("freezeCount"),
        "frozen_s": round(increase("totalFreezesDuration"), 3),
        "packets_lost": increase("packetsLost"),
    }


class Call:
    """A running call.mjs."""

    def __init__(self, process):
        self._process = process

    def look(self):
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        return self.read(10)["sides"]

    def read(self, within_s):
        if not select.select([self._process.stdout], [], [], within_s)[0]:
            raise AssertionError(f"the browsers' driver printed no line within {within_s} s")
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the browsers' driver ended"}
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer


@contextlib.contextmanager
def browser_call(lab, clients):
    with tempfile.TemporaryDirectory(prefix="causeway-browsers-") as folder:
        sides = [{"chromium": str(_chromium_in(lab.namespace_of(client), pathlib.Path(folder))),
                  "ice_server": lab.ice_server(lab.edge_near(client))} for client in clients]
        process = subprocess.Popen(["node", "call.mjs", json.dumps({"sides": sides})], cwd=HERE / "browser", text=True, bufsize=1,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"HOME": folder})
        try:
            call = Call(process)
            call.read(STARTED_WITHIN_S)
            yield call
        finally:
            process.stdin.close()  # ends the call, and closes the browsers
            wait_for_end(process)


def _chromium_in(namespace, folder):
    """Writes a program that starts Chromium in that namespace. The driver uses pipes, so it needs no network there."""
    wrapper = folder / f"chromium-{namespace}"
    wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {namespace} /usr/bin/chromium "$@"\n')
    wrapper.chmod(0o755)
    return wrapper


if __name__ == "__main__":
    unittest.main(verbosity=2)
