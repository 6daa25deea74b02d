#!/usr/bin/env python3
"""turn.shared_relay_ports: coturn's unmodified clients share one relay port, each with a different peer."""

import concurrent.futures
import re
import socket
import unittest

import lone_edge
import network_namespace
import uclient
from lone_edge import PASSWORD, PEER_V4, TLS_PORT, TURN_PORT, USER, V4
from turn_client import TurnClient

WAYS = {
    "by channels over UDP": ["-c"],
    "by Send indications over UDP": ["-c", "-s"],
    "by channels over TCP": ["-c", "-t"],
    "by Send indications over TLS": ["-c", "-s", "-t", "-S", "-p", str(TLS_PORT)],
}
# turnutils_uclient has two allocations, and binds the second one to the port after its peer's.
PEER_PORTS = dict(zip(WAYS, range(3480, 3500, 2)))
TAKEN_PORT = 3500
RELAY_PORTS = range(61000, 62000)  # no client socket uses these ports
MESSAGES = 20


class OnOnePort:
    """Tests for steered relay ports and for relay ports with sockets."""

    @classmethod
    def setUpClass(cls):
        turn = {"shared_relay_ports": 1, "relay_ports": f"{RELAY_PORTS.start}-{RELAY_PORTS.stop - 1}"}
        cls.namespace = cls.enterClassContext(lone_edge.lone_edge(turn=turn, packet_io={"relay_ports": cls.MODE}))
        for port in (*PEER_PORTS.values(), TAKEN_PORT):
            cls.enterClassContext(lone_edge.echoing_peers(cls.namespace, port, PEER_V4))
        cls.holder = cls.client()  # keeps the port open while other clients come and go
        cls.holder.bind_channel((PEER_V4, TAKEN_PORT))

    def test_relays_for_several_clients_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(len(WAYS)) as pool:
            running = {way: pool.submit(self.uclient, PEER_PORTS[way], *options) for way, options in WAYS.items()}

        for way, done in running.items():
            with self.subTest(way):
                said = done.result().stdout
                self.assertIn(f"tot_send_msgs={MESSAGES}, tot_recv_msgs={MESSAGES}", said)
                self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", said)
                self.assertEqual(self.relayed_of(done.result()), {"%s:%d" % self.holder.relayed})

    def test_keeps_a_peer_for_its_client(self):
        refused = self.uclient(TAKEN_PORT, "-c")
        self.assertEqual(refused.returncode, 255, refused.stdout)
        self.assertIn("channel bind: error 508 ", refused.stdout)

        self.holder.send_indication((PEER_V4, TAKEN_PORT), b"still mine")
        self.assertEqual(self.holder.receive(), b"still mine")

    def test_gives_pairs_of_ports_on_request(self):
        paired = self.uclient(PEER_PORTS["by channels over UDP"])  # without -c: RTP and RTCP

        relayed = self.relayed_of(paired)
        self.assertTrue(relayed, paired.stdout)
        self.assertNotIn("%s:%d" % self.holder.relayed, relayed)

    @staticmethod
    def relayed_of(done):
        return set(re.findall(r"Received relay addr: (\S+)", done.stdout))

    @classmethod
    def client(cls):
        with network_namespace.entered(cls.namespace):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.addClassCleanup(sock.close)
        client = TurnClient(sock, (V4, TURN_PORT), USER, PASSWORD)
        client.allocate()
        return client

    @classmethod
    def uclient(cls, peer_port, *options):
        return uclient.run(cls.namespace, "-v", "-u", USER, "-w", PASSWORD, "-p", TURN_PORT, "-n", MESSAGES, "-l", 200, *options,
                           "-e", PEER_V4, "-r", peer_port, V4)


class SteeredTest(OnOnePort, unittest.TestCase):
    MODE = "steered"


class SocketsTest(OnOnePort, unittest.TestCase):
    MODE = "sockets"


if __name__ == "__main__":
    unittest.main(verbosity=2)
