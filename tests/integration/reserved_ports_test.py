#!/usr/bin/env python3
"""Ports reserved with EVEN-PORT, claimed by coturn's unmodified client, on an edge with several data planes.

The kernel chooses the data plane of each client. A client that claims a port mostly reaches another data plane than the one that holds
the port.
"""

import concurrent.futures
import unittest

import lone_edge
import uclient
from lone_edge import PASSWORD, PEER_V4, TLS_PORT, TURN_PORT, USER, V4

DATA_PLANES = 4
PEER_PORT = 3480
PAIRS = 6  # of ports, over each transport
MESSAGES = 20
OVER = {"UDP": [], "TCP": ["-t"], "TLS": ["-t", "-S", "-p", str(TLS_PORT)], "DTLS": ["-S", "-p", str(TLS_PORT)]}


class ReservedPortsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.enterClassContext(lone_edge.lone_edge(cores=DATA_PLANES))
        cls.enterClassContext(lone_edge.echoing_peers(cls.namespace, PEER_PORT, PEER_V4))

    def test_are_claimed_through_any_data_plane(self):
        with concurrent.futures.ThreadPoolExecutor(len(OVER)) as pool:
            running = {transport: pool.submit(self.uclient, *options) for transport, options in OVER.items()}

        for transport, done in running.items():
            with self.subTest(transport):
                said = done.result().stdout
                self.assertIn(f"tot_send_msgs={PAIRS * MESSAGES}, tot_recv_msgs={PAIRS * MESSAGES}", said)
                self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", said)

    def uclient(self, *options):
        return uclient.run(self.namespace, "-u", USER, "-w", PASSWORD, "-p", TURN_PORT, "-n", MESSAGES, "-m", PAIRS, "-l", 200,
                           "-e", PEER_V4, "-r", PEER_PORT, *options, V4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
