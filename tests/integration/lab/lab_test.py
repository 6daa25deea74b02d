"""tools/lab with real namespaces, the real WAN and unmodified programs. Needs root. Starts no causewayd."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
THREE_CLOUD = ROOT / "conf/lab/three-cloud.yaml"
sys.path.insert(0, str(ROOT / "tools"))

from lib.lab import faults, nodes, state, topology  # noqa: E402
from lib.lab.call_end import CallEnd  # noqa: E402
from lib.process.errors import ToolError  # noqa: E402

PREFIX = f"cwt{os.getpid()}-"
LOST_AFTER_S = 0.8


class LabTest(unittest.TestCase):
    """One lab for all tests. Each test removes its faults."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="causeway-lab-test-")
        cls.running = []
        done = cls.lab("up", str(THREE_CLOUD), "--no-daemons", "--prefix", PREFIX)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        cls.state = state.require(pathlib.Path(cls.folder.name))
        cls.topology = topology.load_topology(THREE_CLOUD)

    @classmethod
    def tearDownClass(cls):
        for process in cls.running:
            process.terminate()
            process.wait()
            process.stdout.close()
        cls.lab("down")
        cls.folder.cleanup()

    def tearDown(self):
        self.lab("heal")

    @classmethod
    def lab(cls, *arguments):
        return subprocess.run([ROOT / "tools/lab", "--dir", cls.folder.name, *arguments], capture_output=True, text=True,
                              check=False)

    @classmethod
    def run_on(cls, host, *command):
        process = subprocess.Popen([ROOT / "tools/lab", "--dir", cls.folder.name, "exec", host, "--", *command],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.running.append(process)
        return process

    def serve_echo(self, host, address):
        self.assertEqual(self.run_on(host, sys.executable, str(HERE / "echo.py"), "serve", address).stdout.readline(), "ready\n")

    def ask_echo(self, host, address, count=20, wait_s=10.0):
        done = self.lab("exec", host, "--", sys.executable, str(HERE / "echo.py"), "ask", address, str(count), str(wait_s))
        return json.loads(done.stdout)

    def wait_for_server(self, host, address, within_s=20.0):
        deadline = time.monotonic() + within_s
        command = ["exec", host, "--", "timeout", "2", "turnutils_stunclient", "-p", str(nodes.TURN_PORT), address]
        while "UDP reflexive addr" not in self.lab(*command).stdout:
            self.assertLess(time.monotonic(), deadline, f"{address} does not answer")
            time.sleep(0.1)

    def ok(self, *arguments):
        done = self.lab(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_round_trips_match_the_topology_on_both_families(self):
        there = self.topology.hosts["hub-gcp-lon"]
        expected = self.topology.host_rtt_ms(self.topology.hosts["hub-aws-fra"], there)

        for address in (there.v4, there.v6):
            self.serve_echo(there.name, address)
            answer = self.ask_echo("hub-aws-fra", address)

            self.assertEqual(answer["back"], 20)
            self.assertGreaterEqual(answer["rtt_ms"], expected - 0.1)
            self.assertLess(answer["rtt_ms"], expected + 5)

    def test_a_cut_is_silent_until_it_is_healed(self):
        there = self.topology.hosts["hub-azure-dub"]
        self.serve_echo(there.name, there.v4)

        for cut in (["hub-azure-dub"], ["region:isl"], ["provider:azure"], ["hub-aws-fra", "hub-azure-dub"],
                    ["hub-azure-dub", "hub-aws-fra", "--one-way"]):
            self.ok("cut", *cut)
            self.assertEqual(self.ask_echo("hub-aws-fra", there.v4, 2, LOST_AFTER_S)["back"], 0, cut)
            self.ok("heal", *cut[:2 if "--one-way" in cut else len(cut)])
            self.assertEqual(self.ask_echo("hub-aws-fra", there.v4, 2)["back"], 2, cut)

    def test_a_partition_separates_its_groups(self):
        there = self.topology.hosts["hub-aws-dub"]
        self.serve_echo(there.name, there.v4)

        self.ok("partition", "region:fra", "region:isl")

        self.assertEqual(self.ask_echo("hub-aws-fra", there.v4, 2, LOST_AFTER_S)["back"], 0)
        self.assertEqual(self.ask_echo("edge-gcp-lon", there.v4, 2)["back"], 2)

    def test_degradation_adds_delay_and_loss(self):
        there = self.topology.hosts["edge-gcp-fra"]
        self.serve_echo(there.name, there.v4)

        self.ok("degrade", "hub-aws-fra", "edge-gcp-fra", "--delay", "+50ms", "--loss", "30%")
        answer = self.ask_echo("hub-aws-fra", there.v4, 20, LOST_AFTER_S)

        self.assertGreater(answer["rtt_ms"], 100)
        self.assertLess(answer["back"], 20)
        counted = json.loads(self.ok("--json", "stats", "hub-aws-fra", "edge-gcp-fra"))["links"]
        self.assertGreater(sum(link["dropped"].get("loss", 0) for link in counted), 0)

    def test_a_call_through_a_foreign_turn_server_loses_nothing(self):
        edge = self.topology.hosts["edge-aws-fra"]
        self.run_on(edge.name, "turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--lt-cred-mech",
                    "--db", f"{self.folder.name}/turn.sqlite", "--pidfile", f"{self.folder.name}/turn.pid",
                    "--log-file", "stdout", "--simple-log", "-u", f"{nodes.USER}:{nodes.PASSWORD}", "-r", "lab.test",
                    "-L", edge.v4, "-E", edge.v4, "-p", str(nodes.TURN_PORT))
        self.wait_for_server("client-a", edge.v4)

        with (CallEnd.through(self.state, self.topology.hosts["client-a"], edge, None) as a,
              CallEnd.through(self.state, self.topology.hosts["client-b"], edge, None) as b):
            addresses = a.wait_address(), b.wait_address()
            a.connect(addresses[1])
            b.connect(addresses[0])
            began = max(a.start(), b.start())
            time.sleep(3)
            window = began + 500_000_000, began + 2_000_000_000
            sent, received = a.report(*window), b.report(*window)

        for stream, count in (("audio", 75), ("video", 405)):
            self.assertGreater(sent[stream]["sent"], count / 2)  # a delayed sender skips overdue packets
            self.assertLess(sent[stream]["sent"], count * 1.2)
            self.assertEqual(received[stream]["received"], sent[stream]["sent"])
            self.assertGreater(received[stream]["latency_ms"]["p50"], 10)

    def test_up_is_idempotent_and_unknown_names_are_rejected(self):
        self.ok("up", str(THREE_CLOUD), "--no-daemons", "--prefix", PREFIX)

        for words in (["cut", "hub-nowhere"], ["degrade", "hub-aws-fra"], ["degrade", "hub-aws-fra", "--loss", "x"],
                      ["exec", "nobody", "true"], ["heal", "hub-aws-fra"], ["logs", "nobody"]):
            done = self.lab(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertTrue(done.stderr.startswith("lab: "), done.stderr)

    def test_a_failed_start_leaves_no_processes_and_namespaces(self):
        prefix = f"cwbad{os.getpid()}-"
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([ROOT / "tools/lab", "--dir", folder, "--bin", "/nonexistent", "up", THREE_CLOUD, "--prefix",
                                   prefix], capture_output=True, text=True, check=False)

            self.assertEqual(done.returncode, 1)
            self.assertIn("is not built", done.stderr)
            self.assertEqual(list(pathlib.Path("/run/netns").glob(f"{prefix}*")), [])


class TopologyTest(unittest.TestCase):
    """The topologies in conf/lab, without a running lab."""

    def test_every_pair_of_hosts_has_a_delay(self):
        for path in sorted((ROOT / "conf/lab").glob("*.yaml")):
            loaded = topology.load_topology(path)

            links = loaded.wan_links()

            self.assertEqual(len(links), len(loaded.hosts) * (len(loaded.hosts) - 1), path.name)
            self.assertTrue(all(0 < link["delay_ms"] < 250 for link in links), path.name)
            self.assertEqual(len({host.v4 for host in loaded.hosts.values()}), len(loaded.hosts))

    def test_the_delay_between_clients_includes_their_access_links(self):
        loaded = topology.load_topology(THREE_CLOUD)
        a, b = loaded.hosts["client-a"], loaded.hosts["client-b"]

        self.assertAlmostEqual(loaded.host_rtt_ms(a, b), 4.6 + 14.1 + 4.2)
        self.assertAlmostEqual(loaded.host_rtt_ms(a, loaded.hosts["edge-aws-fra"]), 4.6)


class WordsTest(unittest.TestCase):
    """Parsers of command line values."""

    def test_loss_time_and_rate(self):
        self.assertAlmostEqual(faults.parse_loss("5%"), 0.05)
        self.assertAlmostEqual(faults.parse_loss("0.05"), 0.05)
        self.assertEqual(faults.parse_time_ms("+50ms"), 50)
        self.assertEqual(faults.parse_time_ms("-0.5s"), -500)
        self.assertEqual(faults.parse_rate_bps("10mbit"), 10e6)

    def test_invalid_values_are_rejected(self):
        for parse, text in ((faults.parse_loss, "120%"), (faults.parse_loss, "much"), (faults.parse_loss, "0..5"), (faults.parse_time_ms, "50"),
                            (faults.parse_rate_bps, "10 parsecs")):
            with self.assertRaises(ToolError):
                parse(text)


if __name__ == "__main__":
    unittest.main()
