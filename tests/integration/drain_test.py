#!/usr/bin/env python3
"""`causeway drain` of 1,000 allocations to a sibling: no client is cut before the deadline, and all clients move to the sibling."""

import contextlib
import json
import pathlib
import resource
import socket
import subprocess
import tempfile
import time
import unittest

import lone_edge
import network_namespace
from allocation_fleet import EchoPeer, Fleet
from lib.process import programs
from turn_client import TurnClient, TurnError

DRAINED, SIBLING, PEER = "11.79.11.1", "11.79.11.2", "11.79.11.3"
PORT = lone_edge.TURN_PORT
ALLOCATIONS = 1000
DEADLINE_S = 25
ALICE = ("alice", "correct-horse")


class DrainTest(unittest.TestCase):
    def setUp(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-drain-")))
        addresses = [f"{address}/32" for address in (DRAINED, SIBLING, PEER)]
        namespace = self.enterContext(network_namespace.lone_namespace("drain", addresses))
        for address in (DRAINED, SIBLING):
            command = [programs.find("causewayd"), "--config", self.write_config(address)]
            self.enterContext(lone_edge.running(namespace, command, address, self.folder / f"{address}.log"))
        self.enterContext(network_namespace.entered(namespace))
        self.peer = EchoPeer(PEER)
        self.peer.start()
        self.addCleanup(self.peer.stop)

    def write_config(self, address, **turn):
        config = self.folder / f"{address}.yaml"
        config.write_text(json.dumps({
            "node": {"roles": ["edge"]},
            "turn": {
                "listen": [f"{address}:{PORT}"],
                "users": [{"name": ALICE[0], "password": ALICE[1]}],
                "nonce_keys": ["07" * 32],
                "max_allocations_per_user": 2000,
                "peers": {"allow": [f"{PEER}/32"]},  # on the edge's own host
                **turn,
            },
            "admin": {"socket": str(self.folder / f"{address}.sock")},
            "cores": 1,
        }))
        return config

    def test_moves_all_clients_to_the_sibling_and_cuts_none_before_the_deadline(self):
        fleet = Fleet(DRAINED, (DRAINED, PORT), ALICE, self.peer, ALLOCATIONS)
        self.addCleanup(fleet.close)

        answer = self.causeway("drain", "--deadline", f"{DEADLINE_S}s", "--to", f"{SIBLING}:{PORT}")
        deadline = time.monotonic() + DEADLINE_S

        self.assertEqual(answer["alternatives"], [f"{SIBLING}:{PORT}"])
        with self.assertRaises(TurnError) as refused:
            self.client(DRAINED).allocate()
        self.assertEqual((refused.exception.code, refused.exception.alternate), (300, (SIBLING, PORT)))
        self.client(refused.exception.alternate[0]).allocate()

        began = time.monotonic()
        granted = [client.refresh(3600) for client in fleet.clients]
        all_refreshed_s = time.monotonic() - began
        self.assertTrue(all(30 <= lifetime <= max(30, DEADLINE_S) for lifetime in granted), granted[:10])
        self.assertTrue(self.causeway("status")["draining"])
        self.wait_until(lambda: self.causeway("status")["allocations"] == ALLOCATIONS)

        # Waits until shortly before the deadline. Then all clients refresh once more, within the remaining time.
        fleet.send_rounds(rounds=5, seconds=max(5.0, deadline - time.monotonic() - 4.0 - 3 * all_refreshed_s))
        self.assertEqual(fleet.lost, 0, f"of {fleet.sent}")
        for client in fleet.clients:
            client.refresh(3600)  # so that no allocation expires before it is cut

        time.sleep(max(0.0, deadline - time.monotonic()))
        for client in fleet.clients:
            with self.assertRaisesRegex(TurnError, "508"):
                client.refresh(3600)
        self.wait_until(lambda: self.causeway("status")["allocations"] == 0)

    def test_can_be_undone(self):
        self.causeway("drain", "--deadline", "10m")
        with self.assertRaisesRegex(TurnError, "508"):
            self.client(DRAINED).allocate()

        self.causeway("undrain")

        self.client(DRAINED).allocate()
        self.assertFalse(self.causeway("status")["draining"])

    def test_redirects_clients_to_the_sibling_of_a_later_reload(self):
        self.reload_with(alternatives=[f"{PEER}:{PORT}"])
        self.causeway("drain", "--deadline", "10m")
        self.reload_with(alternatives=[f"{SIBLING}:{PORT}"])

        with self.assertRaises(TurnError) as refused:
            self.client(DRAINED).allocate()
        self.assertEqual((refused.exception.code, refused.exception.alternate), (300, (SIBLING, PORT)))

    def test_redirects_no_client_to_the_drained_edge(self):
        for itself in (f"{DRAINED}:{PORT}", f"127.0.0.1:{PORT}"):
            self.assertIn(itself, self.refused("drain", "--to", itself))
        self.assertFalse(self.causeway("status")["draining"])

    def test_ends_connections_at_the_deadline(self):
        with contextlib.closing(socket.create_connection((DRAINED, PORT), timeout=5)) as connection:
            client = TurnClient(_Stream(connection), (DRAINED, PORT), *ALICE)
            client.allocate()
            self.causeway("drain", "--deadline", "2s")
            self.assertEqual(client.refresh(600), 30)

            connection.settimeout(10)
            self.assertEqual(connection.recv(1), b"")

    def reload_with(self, **turn):
        self.write_config(DRAINED, **turn)
        self.causeway("reload")

    def client(self, server):
        unbound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(unbound.close)
        return TurnClient(unbound, (server, PORT), *ALICE)

    def wait_until(self, condition, within_s=20.0):
        deadline = time.monotonic() + within_s
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def causeway(self, *words):
        done = self.run_causeway(words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *words):
        """The reason."""
        done = self.run_causeway(words)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done.stderr

    def run_causeway(self, words):
        command = [programs.find("causeway"), *words, "--socket", self.folder / f"{DRAINED}.sock", "--json"]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


class _Stream:
    """A connected TCP socket with the interface of a UDP socket: TurnClient receives one answer at a time."""

    def __init__(self, connection):
        self.send, self.recv, self.settimeout = connection.send, connection.recv, connection.settimeout

    def connect(self, server):
        pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
