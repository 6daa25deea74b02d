"""Runs tools/quickstart as a user does. Needs root and the programs of this build."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))
from attempts import Outcome, until_in_time  # noqa: E402

PREFIX = f"cwq{os.getpid()}-"
COLUMNS = {"cause", "detect_ms", "switch_ms", "gap_ms", "lost_packets", "path_before", "path_after", "plain_gap_ms",
           "plain_lost_packets"}


class QuickstartTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="causeway-quickstart-test-")
        self.addCleanup(self.folder.cleanup)
        self.command = [str(ROOT / "tools/quickstart"), "--json", "--dir", self.folder.name, "--prefix", PREFIX,
                        "--bin", os.environ["CAUSEWAY_BIN"]]

    def assert_nothing_is_left(self):
        self.assertEqual(list(pathlib.Path("/run/netns").glob(f"{PREFIX}*")), [])
        running = subprocess.run(["pgrep", "-f", self.folder.name], capture_output=True, text=True, check=False)
        self.assertEqual(running.stdout, "")

    def test_the_call_survives_a_dead_hub_and_a_lossy_link(self):
        until_in_time(self.run_once)

    def run_once(self):
        done = subprocess.run(self.command, capture_output=True, text=True, check=False)
        print(done.stderr)
        self.assert_nothing_is_left()
        self.assertEqual(done.returncode, 0, done.stderr)
        return outcome_of(json.loads(done.stdout))

    def test_an_interrupted_run_cleans_up(self):
        for after_s in (0, 0.1, 1, 4):
            running = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertTrue(running.stderr.readline(), "it says what it does once it may be interrupted")
            time.sleep(after_s)
            running.send_signal(signal.SIGTERM)
            output, said = running.communicate(timeout=60)

            self.assertEqual(running.returncode, 130, f"interrupted after {after_s} s: {said.decode(errors='replace')}")
            self.assertEqual(output, b"")
            self.assert_nothing_is_left()


def outcome_of(document):
    if len(document["rows"]) != 2:
        return Outcome(document, faults=[f"it ended early: {document['error']}"])
    cut, loss = document["rows"]
    works = {f"{row['cause']}: {what}": holds for row in (cut, loss) for what, holds in {
        "the row has all columns": COLUMNS <= set(row),
        "the path is another one": row["path_before"] != row["path_after"],
        "it was detected": row["detect_ms"] is not None,
        "the call survived": row["survived"]}.items()}
    works |= {
        "the plain call noticed the cut": cut["plain_gap_ms"] > 3500,
        "the overlay call lost less": loss["lost_packets"] < loss["plain_lost_packets"]}
    in_time = {
        # The goal is 150 ms, on a quiet machine; a busy machine needs this margin.
        f"the overlay call noticed little of the cut ({cut['gap_ms']} ms)": cut["gap_ms"] < cut["plain_gap_ms"] / 4,
        "the call began soon": document["environment"]["call_started_s"] < 45}
    return Outcome(document, faults=not_so(works), late=not_so(in_time))


def not_so(wanted):
    return [f"not so: {what}" for what, holds in wanted.items() if not holds]


if __name__ == "__main__":
    unittest.main()
