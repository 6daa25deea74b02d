#!/usr/bin/env python3
"""packet_io.xdp with real devices: a client, an edge and a peer in three network namespaces, with coturn's unmodified client and peer."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import lone_edge
import network_namespace
from lib.process import programs
from network_namespace import command_in, ip

NAMES = {role: f"cwt-xdp-{role}-{os.getpid()}" for role in ("client", "edge", "peer")}
# Addresses by the edge's interface. An interface has the name of the namespace at its other end.
NETS = {"client": ("11.81.1.", "fd81:1::"), "peer": ("11.81.2.", "fd81:2::")}
EDGE_V4, EDGE_V6 = "11.81.9.1", "fd81:9::1"
TAP_EDGE, TAP_PEER = "11.81.3.1", "11.81.3.2"
MESSAGES = 600
INTERVAL_MS = 5
LONG_CALL = 1600  # messages: many times the detection time
CATCHES_UP = 1.2  # on a busy machine the client sends late, then faster
IN_FLIGHT = 10  # messages whose echo is under way at a time
REPORTED_WITHIN_S = 20.0  # data planes report each second; later on a busy machine


@contextlib.contextmanager
def three_hosts():
    with contextlib.ExitStack() as stack:
        for name in NAMES.values():
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("-netns", name, "link", "set", "lo", "up")
        for address in (f"{EDGE_V4}/32", f"{EDGE_V6}/128"):
            ip("-netns", NAMES["edge"], "addr", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
        for role, nets in NETS.items():
            connect(role, nets)
        yield


def connect(role, nets):
    ip("link", "add", "up0", "netns", NAMES[role], "type", "veth", "peer", "name", role, "netns", NAMES["edge"])
    for net in nets:
        length, nodad = (64, ["nodad"]) if ":" in net else (24, [])
        ip("-netns", NAMES[role], "addr", "add", f"{net}2/{length}", "dev", "up0", *nodad)
        ip("-netns", NAMES["edge"], "addr", "add", f"{net}1/{length}", "dev", role, *nodad)
    ip("-netns", NAMES[role], "link", "set", "up0", "up")
    ip("-netns", NAMES["edge"], "link", "set", role, "up")
    for net in nets:
        ip("-netns", NAMES[role], "route", "add", "default", "via", f"{net}1")
    set_napi(role, "on")


def set_napi(role, on_or_off):
    """Switches NAPI of a veth device. Without NAPI it drops the frames that XDP sends from its other end."""
    subprocess.run(command_in(NAMES[role], "ethtool", "-K", "up0", "gro", on_or_off), check=True)


@contextlib.contextmanager
def echoing_tap(device, port):
    """A peer behind a device with a short queue."""
    command = command_in(NAMES["edge"], sys.executable, "-B", pathlib.Path(__file__).with_name("echoing_tap.py"), device, port)
    peer = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        peer.stdout.readline()
        ip("-netns", NAMES["edge"], "link", "set", device, "txqueuelen", "8", "up")
        ip("-netns", NAMES["edge"], "addr", "add", f"{TAP_EDGE}/24", "dev", device)
        ip("-netns", NAMES["edge"], "neigh", "add", TAP_PEER, "lladdr", "02:00:00:00:00:02", "dev", device)
        yield peer
    finally:
        peer.kill()
        peer.communicate()


def set_mtu(role, mtu):
    ip("-netns", NAMES[role], "link", "set", "up0", "mtu", str(mtu))
    ip("-netns", NAMES["edge"], "link", "set", role, "mtu", str(mtu))


class FastPathTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(three_hosts())
        cls.enterClassContext(lone_edge.echoing_peers(NAMES["peer"], 3480, "11.81.2.2", "fd81:2::2"))
        cls.enterClassContext(lone_edge.echoing_peers(NAMES["client"], 3480, "11.81.1.2"))
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="causeway-xdp-")))

    @contextlib.contextmanager
    def edge(self, interfaces=("client", "peer"), **turn):
        config = self.write_config(interfaces, **turn)
        with lone_edge.running(NAMES["edge"], [programs.find("causewayd"), "--config", config], EDGE_V4, self.folder / "log"):
            yield

    def write_config(self, interfaces, **turn):
        config = self.folder / "config.yaml"
        config.write_text(json.dumps({
            "turn": {
                "listen": [f"{EDGE_V4}:3478", f"[{EDGE_V6}]:3478"],
                "relay_addresses": [EDGE_V4, EDGE_V6],
                "allow_private_relay_addresses": True,
                "realm": "fast.test",
                "users": [{"name": "alice", "password": "correct-horse"}],
                "peers": {"allow": ["11.81.0.0/16", "fd81::/16"]},
            } | turn,
            "packet_io": {"xdp": interfaces},
            "admin": {"socket": str(self.folder / "admin.sock")},
            "cores": 1,
        }))
        return config

    def call(self, server, peer, *more):
        self.assertEqual(self.lost_of(self.begin_call(server, peer, *more)), 0)

    def begin_call(self, server, peer, *more):
        return subprocess.Popen(
            command_in(NAMES["client"], "turnutils_uclient", "-u", "alice", "-w", "correct-horse", "-n", MESSAGES, "-l", "172", "-z", INTERVAL_MS, "-c",
                       "-e", peer, "-r", "3480", *more, server),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def lost_of(self, call):
        output, _ = call.communicate(timeout=120)
        self.assertEqual(call.returncode, 0, output)
        self.assertIn("total send dropped 0 ", output)
        return int(re.search(r"Total lost packets (\d+) ", output)[1])

    def assert_lost_only_during(self, seconds, call):
        """Messages until the daemon reports the closed interface may be lost. No later message may be lost."""
        lost, most = self.lost_of(call), CATCHES_UP * 1000 * seconds / INTERVAL_MS + IN_FLIGHT
        print(f"lost {lost} of {LONG_CALL} messages; {most:.0f} were sent before the interface was reported closed")
        self.assertGreater(lost, 0, "the interface dropped no frame")
        self.assertLessEqual(lost, most)

    def await_packet_io(self, name, at_least):
        deadline = time.monotonic() + REPORTED_WITHIN_S
        while self.ask("counters")["counters"]["packet_io"][name] < at_least:
            self.assertLess(time.monotonic(), deadline, name)
            time.sleep(0.05)

    def relayed_fast(self):
        """Packets relayed by the fast path, and all relayed packets, once the whole call is reported."""
        deadline = time.monotonic() + REPORTED_WITHIN_S
        while True:
            counters = self.ask("counters")["counters"]
            everything = counters["relay"]["to_internet"] + counters["relay"]["relay_in"]
            is_over = everything >= 2 * MESSAGES and counters["packet_io"]["fast_path_flows"] == 0
            if is_over or time.monotonic() > deadline:
                return counters["relay"]["by_fast_path"], everything, counters["packet_io"]
            time.sleep(0.2)

    def log(self):
        return (self.folder / "log").read_text()

    def await_log(self, words):
        deadline = time.monotonic() + REPORTED_WITHIN_S
        while words not in self.log():
            self.assertLess(time.monotonic(), deadline, words)
            time.sleep(0.05)

    def ask(self, *arguments):
        asked = subprocess.run([programs.find("causeway"), *arguments, "--socket", self.folder / "admin.sock", "--json"],
                               stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(asked.stdout)

    def test_carries_nearly_all_of_a_call(self):
        for server, peer, more in ((EDGE_V4, "11.81.2.2", []), (EDGE_V6, "fd81:2::2", ["-x"])):
            with self.subTest(server=server), self.edge():
                self.call(server, peer, *more)

                fast, everything, back_end = self.relayed_fast()

                self.assertGreaterEqual(everything, 2 * MESSAGES)
                self.assertGreater(fast, everything * 0.9)
                self.assertEqual(back_end["fast_path_flows"], 0, "the client has left")

    def test_sends_through_the_interface_of_the_last_packet(self):
        with self.edge():
            self.call(EDGE_V4, "11.81.1.2")

            fast, everything, _ = self.relayed_fast()

            self.assertGreater(fast, everything * 0.9)

    def test_uses_sockets_when_the_interface_accepts_no_frames(self):
        for role, peer in (("client", "11.81.2.2"), ("peer", "11.81.2.2"), ("client", "11.81.1.2")):
            set_napi(role, "off")
            self.addCleanup(set_napi, role, "on")
            with self.subTest(without=role, peer=peer), self.edge():
                self.call(EDGE_V4, peer)

                self.assertIn(f"event=fast_path_closed interface={role} reason=takes_no_frames", self.log())
            set_napi(role, "on")

    def test_moves_to_sockets_when_an_interface_stops_accepting_frames(self):
        with self.edge():
            call = self.begin_call(EDGE_V4, "11.81.2.2", "-n", LONG_CALL)
            self.await_packet_io("fast_path_flows", 1)
            began = time.monotonic()
            set_napi("client", "off")
            self.addCleanup(set_napi, "client", "on")
            self.await_packet_io("fast_path_closed", 1)

            self.assert_lost_only_during(time.monotonic() - began, call)

            set_napi("client", "on")
            self.await_log("event=fast_path_opened interface=client")
            self.call(EDGE_V4, "11.81.2.2")

    def test_moves_to_sockets_when_a_device_drops_frames(self):
        with echoing_tap("tap0", 3480) as peer, self.edge(["client", "tap0"]):
            call = self.begin_call(EDGE_V4, TAP_PEER, "-n", LONG_CALL)
            self.await_packet_io("fast_path_flows", 1)
            began = time.monotonic()
            peer.send_signal(signal.SIGSTOP)
            self.await_packet_io("fast_path_closed", 1)
            peer.send_signal(signal.SIGCONT)

            self.assert_lost_only_during(time.monotonic() - began, call)

            self.await_packet_io("fast_path_thrown_away", 10)
            self.assertIn("event=fast_path_closed interface=tap0 reason=throws_away", self.log())
            self.assertEqual(self.log().count("fast_path_"), 1, "not tried again so soon")

    def test_uses_an_interface_only_while_it_is_up(self):
        with echoing_tap("tap0", 3480), self.edge(["tap0"]):
            ip("-netns", NAMES["edge"], "link", "set", "tap0", "down")
            self.await_log("event=fast_path_closed interface=tap0 reason=down")
            ip("-netns", NAMES["edge"], "link", "set", "tap0", "up")
            self.await_log("event=fast_path_opened interface=tap0")

    def test_uses_sockets_for_calls_between_address_families(self):
        with self.edge():
            self.call(EDGE_V6, "11.81.2.2", "-X")  # an IPv4 relayed address

            fast, everything, _ = self.relayed_fast()

            self.assertEqual(fast, 0)
            self.assertGreaterEqual(everything, 2 * MESSAGES)

    def test_uses_sockets_for_calls_with_indications(self):
        with self.edge():
            self.call(EDGE_V4, "11.81.2.2", "-s")

            self.assertEqual(self.relayed_fast()[0], 0)

    def test_uses_sockets_for_calls_with_bandwidth_limits(self):
        with self.edge(limits={"bandwidth_per_allocation": "100Mbit"}):
            self.call(EDGE_V4, "11.81.2.2")

            self.assertEqual(self.relayed_fast()[0], 0)

    def test_uses_sockets_for_fragments(self):
        set_mtu("peer", 1280)
        self.addCleanup(set_mtu, "peer", 1500)
        with self.edge():
            self.call(EDGE_V4, "11.81.2.2", "-l", "1400")

            self.assertEqual(self.relayed_fast()[0], 0)

    def test_names_a_missing_interface(self):
        config = self.write_config(["client", "nowhere0"])

        done = subprocess.run(command_in(NAMES["edge"], programs.find("causewayd"), "--config", config),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False)

        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("packet_io.xdp: there is no interface nowhere0", done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
