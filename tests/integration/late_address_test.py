#!/usr/bin/env python3
"""An address of the configuration that the host gets later: the daemon starts, says so once, and serves when the address comes."""

import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

import lone_edge
import network_namespace
import uclient
from lib.process import programs
from network_namespace import command_in, ip

# Public addresses inside the namespace: the default rules deny private peers.
ADDRESS = "11.79.9.1"
PEER = "11.79.9.2"
SECRET = "integration-test-secret"
WITHIN_S = 20.0
# The daemon looks for the address once a second.
SEVERAL_LOOKS_S = 3.5


class LateAddressTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-late-")))
        self.namespace = self.enterContext(network_namespace.lone_namespace("late", [f"{PEER}/32"]))
        self.log = self.folder / "log"

    def test_serves_when_the_address_comes(self):
        daemon = self.start("")
        self.wait_for("event=node_started")
        time.sleep(SEVERAL_LOOKS_S)
        self.assertIsNone(daemon.poll(), self.log.read_text())
        self.assertEqual(self.log.read_text().count("event=addresses_awaited"), 1, self.log.read_text())
        self.assertIn(f"address={ADDRESS}", self.log.read_text())

        ip("-netns", self.namespace, "addr", "add", f"{ADDRESS}/32", "dev", "lo")
        self.wait_for("event=address_available")

        self.enterContext(lone_edge.echoing_peers(self.namespace, 3480, PEER))
        for transport in ([], ["-t"]):
            with self.subTest(transport=transport):
                done = uclient.run(self.namespace, "-u", "alice", "-W", SECRET, "-n", 20, "-c", *transport, "-e", PEER, ADDRESS)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("Total lost packets 0 (0.000000%)", done.stdout)
        with network_namespace.entered(self.namespace), socket.create_connection((ADDRESS, 9641), timeout=20) as stream:
            stream.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            self.assertIn(b"200", stream.recv(100))

    def test_fails_at_the_start_if_the_configuration_says_so(self):
        daemon = self.start("listen_when: start\n")

        self.assertEqual(daemon.wait(timeout=WITHIN_S), 1)
        self.assertIn("no interface of this machine has this address", self.log.read_text())

    def test_still_refuses_a_port_that_another_process_has(self):
        ip("-netns", self.namespace, "addr", "add", f"{ADDRESS}/32", "dev", "lo")
        with network_namespace.entered(self.namespace):
            other = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            other.bind((ADDRESS, 3478))

        daemon = self.start("")

        self.assertEqual(daemon.wait(timeout=WITHIN_S), 1)
        self.assertIn("another process has this port", self.log.read_text())

    def start(self, more):
        config = self.folder / "node.yaml"
        config.write_text(f"turn: {{listen: \"{ADDRESS}:3478\", rest_secrets: [{SECRET}], peers: {{allow: [{PEER}/32]}}}}\ncores: 2\n"
                          f"metrics: {{listen: \"{ADDRESS}:9641\"}}\nadmin: {{socket: {self.folder / 'admin.sock'}}}\n{more}")
        with open(self.log, "wb") as output:
            daemon = subprocess.Popen(command_in(self.namespace, programs.find("causewayd"), "--config", config), stdout=output, stderr=output)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        return daemon

    def wait_for(self, event):
        deadline = time.monotonic() + WITHIN_S
        while event not in self.log.read_text():
            self.assertLess(time.monotonic(), deadline, f"no {event}:\n{self.log.read_text()}")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main(verbosity=2)
