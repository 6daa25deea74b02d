#!/usr/bin/env python3

"""Clients use up the file descriptors: an event reports it, the operator still sees the node, and an event reports the end."""

import contextlib
import json
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

import lone_edge
import network_namespace
from lib.process import programs

ADDRESS, PORT = "10.79.9.1", 3478
ADDRESSES_OF_SCRAPERS = [f"10.79.9.{host}" for host in range(11, 16)]
LIMIT = 160
RESERVE = LIMIT // 8
WITHIN_S = 20.0


class DescriptorsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-descriptors-")))
        self.namespace = self.enterContext(network_namespace.lone_namespace("descriptors", [f"{address}/32" for address in
                                                                                                        (ADDRESS, *ADDRESSES_OF_SCRAPERS)]))
        self.socket, self.log = self.folder / "admin.sock", self.folder / "log"
        config = self.folder / "node.yaml"
        config.write_text(json.dumps({
            "turn": {"listen": f"{ADDRESS}:{PORT}", "allow_private_relay_addresses": True, "rest_secrets": ["integration-test-secret"],
                     "max_connections_per_source": 2000},
            "metrics": {"listen": f"{ADDRESS}:9641"}, "admin": {"socket": str(self.socket)}, "cores": 1}))
        self.daemon = self.enterContext(lone_edge.running(self.namespace, ["prlimit", f"--nofile={LIMIT}:{LIMIT}", programs.find("causewayd"), "--config",
                                                             config], ADDRESS, self.log))

    def test_the_operator_still_sees_a_node_without_descriptors(self):
        self.wait_for("event=descriptors_too_few")
        self.assertIn("LimitNOFILE", self.log.read_text())
        with network_namespace.entered(self.namespace):
            streams = [socket.create_connection((ADDRESS, PORT), timeout=WITHIN_S) for _ in range(2 * LIMIT)]
        self.addCleanup(lambda: [stream.close() for stream in streams])
        self.wait_for("event=descriptors_exhausted")

        for _ in range(3):
            self.assertEqual(json.loads(self.run_status())["allocations"], 0)
            for path in ("/healthz", "/readyz", "/metrics"):
                with network_namespace.entered(self.namespace):
                    with urllib.request.urlopen(f"http://{ADDRESS}:9641{path}", timeout=WITHIN_S) as answer:
                        self.assertEqual(answer.status, 200)

        with self.silent_scrapers():
            self.assertGreaterEqual(LIMIT - self.open_descriptors(), RESERVE // 2 - 2, "the rest is for the admin socket")
            self.assertEqual(json.loads(self.run_status())["allocations"], 0)

        for stream in streams:
            stream.close()
        self.wait_for("event=descriptors_available")
        self.assertEqual(self.log.read_text().count("event=descriptors_exhausted"), 1, self.log.read_text())

    @contextlib.contextmanager
    def silent_scrapers(self):
        """Connections to the metrics port, from several addresses, that ask for nothing."""
        with contextlib.ExitStack() as stack:
            with network_namespace.entered(self.namespace):
                for address in ADDRESSES_OF_SCRAPERS * RESERVE:
                    stack.enter_context(socket.create_connection((ADDRESS, 9641), timeout=WITHIN_S, source_address=(address, 0)))
            time.sleep(0.5)  # the server accepts as many as it wants to
            yield

    def open_descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.daemon.pid}/fd").iterdir()))

    def run_status(self):
        command = [programs.find("causeway"), "status", "--json", "--socket", self.socket]
        return subprocess.run(command, check=True, capture_output=True, timeout=WITHIN_S).stdout

    def wait_for(self, event):
        deadline = time.monotonic() + 2 * WITHIN_S
        while event not in self.log.read_text():
            self.assertLess(time.monotonic(), deadline, f"no {event}:\n{self.log.read_text()}")
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
