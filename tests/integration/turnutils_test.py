#!/usr/bin/env python3
"""coturn's own test client and peer, unmodified, against one edge over UDP.

`turnutils_uclient` also exits with 0 when half of its packets are lost, so its report is read, not its status alone.
"""

import re
import subprocess
import unittest

import lone_edge
from lone_edge import PASSWORD, PEER_V4, PEER_V6, TURN_PORT, USER, V4, V6
from network_namespace import command_in

PEER_PORT = 3480
MESSAGES = 20


class TurnutilsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.enterClassContext(lone_edge.lone_edge())
        for address in (PEER_V4, PEER_V6):
            peer = subprocess.Popen(command_in(cls.namespace, "turnutils_peer", "-L", address, "-p", PEER_PORT),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            cls.addClassCleanup(peer.wait)
            cls.addClassCleanup(peer.terminate)

    def test_relays_by_channels(self):
        self.assert_nothing_lost("-c", "-e", PEER_V4, V4)

    def test_relays_by_send_indications(self):
        self.assert_nothing_lost("-c", "-s", "-e", PEER_V4, V4)

    def test_relays_from_a_v6_address_to_a_v4_client(self):
        self.assert_nothing_lost("-c", "-x", "-e", PEER_V6, V4)

    def test_relays_v6_throughout(self):
        self.assert_nothing_lost("-c", "-x", "-e", PEER_V6, V6)

    def test_relays_from_a_v4_address_to_a_v6_client(self):
        self.assert_nothing_lost("-c", "-X", "-e", PEER_V4, V6)

    def test_relays_between_two_of_its_clients(self):
        self.assert_nothing_lost("-c", "-y", V4)

    def test_relays_between_two_of_its_clients_by_send_indications(self):
        self.assert_nothing_lost("-c", "-y", "-s", V4)

    def test_takes_large_datagrams(self):
        self.assert_nothing_lost("-c", "-l", "1300", "-e", PEER_V4, V4)

    def test_takes_dont_fragment(self):
        self.assert_nothing_lost("-c", "-g", "-e", PEER_V4, V4)

    def test_takes_channel_data_padded_as_over_tcp(self):
        self.assert_nothing_lost("-c", "-D", "-e", PEER_V4, V4)

    def test_serves_many_clients_at_once(self):
        self.assert_nothing_lost("-c", "-m", "20", "-e", PEER_V4, V4, clients=20)

    def test_relays_over_tcp_by_channels(self):
        self.assert_nothing_lost("-c", "-t", "-e", PEER_V4, V4)

    def test_relays_over_tcp_by_send_indications(self):
        self.assert_nothing_lost("-c", "-t", "-s", "-e", PEER_V4, V4)

    def test_relays_over_tcp_of_v6(self):
        self.assert_nothing_lost("-c", "-t", "-x", "-e", PEER_V6, V6)

    def test_serves_many_tcp_clients_at_once(self):
        self.assert_nothing_lost("-c", "-t", "-m", "20", "-e", PEER_V4, V4, clients=20)

    def test_refuses_a_wrong_password(self):
        done = self.uclient("-c", "-e", PEER_V4, V4, password="wrong")

        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Cannot complete Allocation", done.stdout)

    def test_refuses_a_peer_that_is_not_allowed(self):
        done = self.uclient("-c", "-e", "127.0.0.1", V4)

        self.assertNotEqual(done.returncode, 0)
        self.assertIn("403", done.stdout)

    def assert_nothing_lost(self, *arguments, clients=1):
        done = self.uclient(*arguments)

        self.assertEqual(done.returncode, 0, done.stdout)
        totals = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", done.stdout)
        self.assertTrue(totals, done.stdout)
        sent, received = map(int, totals[-1])
        self.assertEqual(received, sent, done.stdout)
        self.assertGreaterEqual(sent, MESSAGES * clients, done.stdout)
        self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", done.stdout)

    def uclient(self, *arguments, password=PASSWORD):
        command = ["turnutils_uclient", "-u", USER, "-w", password, "-p", TURN_PORT, "-n", MESSAGES, "-l", 200, *arguments]
        try:
            return subprocess.run(command_in(self.namespace, *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, timeout=40, check=False)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"no end after 40 s: {(late.stdout or b'').decode(errors='replace')[-2000:]}") from late


if __name__ == "__main__":
    unittest.main(verbosity=2)
