"""The load generator, small but real: each kind of case once, against Causeway and Debian's turnserver."""

import json
import math
import os
import pathlib
import subprocess
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "turnbench"
CASES = ("one/172/channel", "many/172/indication", "paced/172/channel", "paced-uncoalesced/172/indication", "paced-xdp/172/channel", "allocate", "memory")
STOPPED = 130
COUNTS = {"core_ns": "relayed", "allocations_per_s": "allocations", "bytes_per_allocation": "allocations"}


class Turnbench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [TOOL, "--compare", "--quick", "--json", "--bin", os.environ["CAUSEWAY_BIN"]]
        for case in CASES:
            command += ["--case", case]
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
            said, _ = process.communicate(timeout=600)
        assert process.returncode == 0
        cls.pid = process.pid
        cls.document = json.loads(said)

    def test_it_says_what_the_figures_were_taken_on(self):
        self.assertTrue(self.document["machine"]["kernel"])
        self.assertRegex(self.document["versions"]["coturn"], r"turnserver \d")
        self.assertIn("causewayd", self.document["versions"]["causeway"])
        self.assertIn("-m 1", self.document["flags"]["coturn"])

    def test_each_case_has_figures_of_both_servers_and_their_ratio(self):
        self.assertEqual([case["case"] for case in self.document["cases"]], list(CASES))
        for case in self.document["cases"]:
            with self.subTest(case["case"]):
                ours = "causeway-xdp" if "-xdp" in case["case"] else "causeway"
                self.assertEqual(list(case["servers"]), [ours, "coturn"])
                for figures in case["servers"].values():
                    self.assertGreater(figures[COUNTS[case["figure"]]], 0)
                    self.assertTrue(math.isfinite(figures[case["figure"]]))
                self.assertTrue(math.isfinite(case["ratio"]))

    def test_paced_packets_all_arrive(self):
        for case in self.document["cases"]:
            if case["paced"]:
                with self.subTest(case["case"]):
                    ours = next(iter(case["servers"].values()))
                    self.assertEqual(ours["lost"], 0)
                    self.assertGreater(ours["p99_us"], 0)
                    self.assertGreaterEqual(ours["p99_us"], ours["p50_us"])

    def test_it_leaves_no_namespace_behind(self):
        self.assertNotIn(f"tb{self.pid}-", namespaces())

    def test_it_leaves_none_when_it_is_told_to_end_either(self):
        command = [str(TOOL), "--compare", "--quick", "--bin", os.environ["CAUSEWAY_BIN"]]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            self.assertIn("round 1", process.stderr.readline())
            self.assertIn(f"tb{process.pid}-", namespaces())

            process.terminate()
            process.communicate(timeout=60)

        self.assertEqual(process.returncode, STOPPED)
        self.assertNotIn(f"tb{process.pid}-", namespaces())


def namespaces():
    return subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
