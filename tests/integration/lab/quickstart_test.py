"""Runs tools/quickstart as a user does. Needs root and the programs of this build."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PREFIX = f"cwq{os.getpid()}-"
COLUMNS = {"cause", "detect_ms", "switch_ms", "gap_ms", "lost_packets", "path_before", "path_after", "plain_gap_ms",
           "plain_lost_packets"}
# A stalled machine interrupts any call for a moment. A fault of the overlay shows in each attempt.
ATTEMPTS = 3


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
        for _ in range(ATTEMPTS):
            done = subprocess.run(self.command, capture_output=True, text=True, check=False)
            self.assert_nothing_is_left()
            complaints = complaints_about(json.loads(done.stdout))
            if not complaints:
                break
            print(f"{complaints}: {done.stderr}")

        self.assertEqual(complaints, [], done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

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


def complaints_about(document):
    if len(document["rows"]) != 2:
        return [f"it ended early: {document['error']}"]
    cut, loss = document["rows"]
    wanted = {f"{row['cause']}: {what}": holds for row in (cut, loss) for what, holds in {
        "the row has all columns": COLUMNS <= set(row),
        "the path is another one": row["path_before"] != row["path_after"],
        "it was detected": row["detect_ms"] is not None,
        "the call survived": row["survived"]}.items()}
    wanted |= {
        "the plain call noticed the cut": cut["plain_gap_ms"] > 3500,
        # The goal is 150 ms, on a quiet machine; a busy machine needs this margin.
        "the overlay call noticed little of it": cut["gap_ms"] < cut["plain_gap_ms"] / 4,
        "the overlay call lost less": loss["lost_packets"] < loss["plain_lost_packets"],
        "the call began soon": document["environment"]["call_started_s"] < 45}
    return [f"not so: {what}" for what, holds in wanted.items() if not holds]


if __name__ == "__main__":
    unittest.main()
