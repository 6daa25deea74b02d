"""The load generator, small but real: each kind of case once, against Causeway and Debian's turnserver."""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
from lib.turnbench import cases, contest, report, rights  # noqa: E402

TOOL = TOOLS / "turnbench"
CASES = ("one/172/channel", "many/172/indication", "paced/172/channel", "paced-uncoalesced/172/indication", "paced-xdp/172/channel", "allocate", "memory")
STOPPED = 130
COUNTS = {"core_ns": "relayed", "allocations_per_s": "allocations", "bytes_per_allocation": "allocations"}


class Turnbench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            saved = pathlib.Path(folder, "saved.json")
            command = [TOOL, "--compare", "--quick", "--json", "--coturn-threads", "1", "--bin", os.environ["CAUSEWAY_BIN"], "--save", saved]
            for case in CASES:
                command += ["--case", case]
            with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True) as process:
                said, _ = process.communicate(timeout=600)
            assert process.returncode == 0
            cls.saved = json.loads(saved.read_text())
        cls.pid = process.pid
        cls.document = json.loads(said)

    def test_the_document_describes_machine_command_and_servers(self):
        self.assertTrue(self.document["machine"]["kernel"])
        self.assertIn("--compare --quick", self.document["command"])
        self.assertRegex(self.document["date"], r"^\d{4}-\d\d-\d\d ")
        self.assertRegex(self.document["versions"]["coturn"], r"turnserver \d")
        self.assertIn("causewayd", self.document["versions"]["causeway"])
        self.assertIn("-m 1", self.document["flags"]["coturn"])

    def test_save_writes_the_printed_document(self):
        self.assertEqual(self.saved, self.document)

    def test_each_case_has_figures_of_all_servers_and_ratios_to_coturn(self):
        self.assertEqual([case["case"] for case in self.document["cases"]], list(CASES))
        for case in self.document["cases"]:
            with self.subTest(case["case"]):
                ours = ["causeway", "causeway-steered"] + ["causeway-xdp"] * ("-xdp" in case["case"])
                self.assertEqual(list(case["servers"]), [*ours, "coturn"])
                for figures in case["servers"].values():
                    self.assertGreater(figures[COUNTS[case["figure"]]], 0)
                    self.assertTrue(math.isfinite(figures[case["figure"]]))
                self.assertEqual(case["reference"], "coturn")
                self.assertEqual(list(case["ratios"]), ours)
                self.assertTrue(all(math.isfinite(ratio) for ratio in case["ratios"].values()))

    def test_the_servers_run_with_the_rights_that_the_table_names(self):
        modes = self.document["modes"]

        self.assertEqual(set(modes["causeway"]["capabilities"]), set(rights.of_unit().capabilities))
        self.assertEqual(set(modes["coturn"]["capabilities"]), set(rights.of_unit().capabilities))
        self.assertEqual(set(modes["causeway-steered"]["capabilities"]), set(rights.of_unit_and_drop_in().capabilities))
        self.assertEqual([modes[name]["relay_ports"] for name in ("causeway", "causeway-steered")], ["sockets", "steered"])
        self.assertEqual([modes[name]["has_xdp"] for name in ("causeway", "causeway-steered", "causeway-xdp")], [False, False, True])

    def test_latency_stands_next_to_every_ratio_of_packets_and_allocations(self):
        for case in self.document["cases"]:
            if case["case"] != "memory":
                with self.subTest(case["case"]):
                    for figures in case["servers"].values():
                        self.assertGreater(figures["p50_us"], 0)
                        self.assertGreaterEqual(figures["p99_us"], figures["p50_us"])

    def test_paced_packets_all_arrive(self):
        for case in self.document["cases"]:
            if case["paced"]:
                with self.subTest(case["case"]):
                    lost = {name: figures["lost"] for name, figures in case["servers"].items() if name != "coturn"}
                    self.assertEqual(set(lost.values()), {0}, lost)

    def test_no_namespace_remains(self):
        self.assertNotIn(f"tb{self.pid}-", namespaces())

    def test_no_namespace_remains_after_a_signal(self):
        command = [str(TOOL), "--compare", "--quick", "--bin", os.environ["CAUSEWAY_BIN"]]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            self.assertIn("round 1", process.stderr.readline())
            self.assertIn(f"tb{process.pid}-", namespaces())

            process.terminate()
            process.communicate(timeout=60)

        self.assertEqual(process.returncode, STOPPED)
        self.assertNotIn(f"tb{process.pid}-", namespaces())


class Comparison(unittest.TestCase):
    def test_each_round_begins_with_another_server(self):
        orders = [contest.in_turn(["a", "b", "c"], number) for number in (1, 2, 3, 4)]

        self.assertEqual(orders, [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]])

    def test_ratios_are_medians_to_the_better_reference(self):
        rounds = [{"ours": {"core_ns": ours}, "slow": {"core_ns": 900}, "fast": {"core_ns": 500}} for ours in (100, 400, 250)]

        compared = report.compare(cases.ONE, rounds, 3, ["ours", "slow", "fast"], ["slow", "fast"])

        self.assertEqual((compared["reference"], compared["ratios"], compared["ratio"]), ("fast", {"ours": 0.5}, 0.5))

    def test_the_better_reference_makes_more_allocations(self):
        rounds = [{"ours": {"allocations_per_s": 30}, "a": {"allocations_per_s": 10}, "b": {"allocations_per_s": 15}}]

        compared = report.compare(cases.ALLOCATE, rounds, 1, ["ours", "a", "b"], ["a", "b"])

        self.assertEqual((compared["reference"], compared["ratio"]), ("b", 2.0))

    def test_each_server_is_compared_with_itself_in_another_version(self):
        rounds = [{"ours": {"core_ns": ours}, "ours-before": {"core_ns": 200}, "fast": {"core_ns": 500}} for ours in (100, 400, 250)]

        compared = report.compare(cases.ONE, rounds, 3, ["ours", "ours-before", "fast"], ["fast"])

        self.assertEqual(compared["to_before"], {"ours": 1.25})
        self.assertRegex(report.text([compared]), r"TO BEFORE\n.*1\.25")

    def test_limited_rights_are_those_of_the_unit_file(self):
        with tempfile.TemporaryDirectory() as folder:
            unit, drop_in = pathlib.Path(folder, "unit"), pathlib.Path(folder, "drop-in")
            unit.write_text("LimitNOFILE=1000\nAmbientCapabilities=CAP_NET_BIND_SERVICE CAP_BPF\nCapabilityBoundingSet=CAP_BPF\n")
            drop_in.write_text("AmbientCapabilities=CAP_NET_RAW\nCapabilityBoundingSet=CAP_NET_RAW\n")

            granted, more = rights.of_files("unit", unit), rights.of_files("more", unit, drop_in)

        self.assertEqual((granted.capabilities, granted.open_files), (("CAP_BPF",), 1000))
        self.assertEqual((more.capabilities, more.open_files), (("CAP_BPF", "CAP_NET_RAW"), 1000))
        self.assertIn("--bounding-set=-all,+bpf", granted.command(["server"]))


def namespaces():
    return subprocess.run(["ip", "netns", "list"], stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    unittest.main()
