#!/usr/bin/env python3
"""coturn's unmodified test client and peer against one edge. The client mostly waits, so several run at a time."""

import concurrent.futures
import re
import unittest

import lone_edge
import uclient
from lone_edge import PASSWORD, PEER_V4, PEER_V6, TLS_PORT, TURN_PORT, USER, V4, V6

PEER_PORT = 3480
MESSAGES = 20
AT_A_TIME = 10
GAVE_UP = 255  # the client's exit status after an error
MANY = 20
TO_PEER = ["-c", "-e", PEER_V4, V4]
TLS = ["-t", "-S", "-p", str(TLS_PORT)]
OVER = {"UDP": [], "TCP": ["-t"], "TLS": TLS, "DTLS": ["-S", "-p", str(TLS_PORT)]}
WAYS = {
    "by channels": TO_PEER,
    "by Send indications": ["-s", *TO_PEER],
    "to a v6 peer of a v4 client": ["-c", "-x", "-e", PEER_V6, V4],
    "with v6 throughout": ["-c", "-x", "-e", PEER_V6, V6],
    "to a v4 peer of a v6 client": ["-c", "-X", "-e", PEER_V4, V6],
    "from an allocation of both families": ["-c", "-Z", "-y", V4],
    "to a media server at its own address": ["-c", "-e", V4, V4],
    "between two of its clients": ["-c", "-y", V4],
    "between two of its clients by Send indications": ["-c", "-y", "-s", V4],
    "from a pair of ports": ["-e", PEER_V4, V4],
    "large datagrams": ["-l", "1300", *TO_PEER],
    "with DONT-FRAGMENT": ["-g", *TO_PEER],
    "between requests that nobody needs": ["-G", *TO_PEER],
    "for many clients at once": ["-m", str(MANY), *TO_PEER],
}
RELAYED = {f"{way} over {transport}": [*options, *arguments] for way, arguments in WAYS.items() for transport, options in OVER.items()}
RELAYED["channel data padded as over TCP"] = ["-D", *TO_PEER]


class TurnutilsTest(unittest.TestCase):
    SECTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.enterClassContext(lone_edge.lone_edge(**cls.SECTIONS))
        cls.enterClassContext(lone_edge.echoing_peers(cls.namespace, PEER_PORT, V4, PEER_V4, PEER_V6))
        pool = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor(AT_A_TIME))
        cls.done = {name: pool.submit(cls.uclient, *arguments) for name, arguments in RELAYED.items()}

    def assert_nothing_lost(self, name):
        done = self.done[name].result()
        clients = MANY if "-m" in RELAYED[name] else 1

        self.assertEqual(done.returncode, 0, done.stdout)
        totals = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", done.stdout)
        self.assertTrue(totals, done.stdout)
        sent, received = map(int, totals[-1])
        self.assertEqual(received, sent, done.stdout)
        self.assertGreaterEqual(sent, MESSAGES * clients, done.stdout)
        self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", done.stdout)

    # The client closes its socket at a random packet, sometimes before the echo of the last burst.
    def test_serves_clients_until_they_vanish(self):
        done = self.uclient("-B", *TO_PEER)

        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"tot_send_msgs=[1-9]")

    # The client tries again many times, and says of each answer only that it came.
    def test_refuses_a_wrong_password(self):
        done = self.uclient("-v", *TO_PEER, password="wrong")

        self.assertEqual(done.returncode, GAVE_UP, done.stdout)
        self.assertIn("Cannot complete Allocation", done.stdout)
        self.assertGreater(done.stdout.count("allocate sent"), 1, done.stdout)
        self.assertEqual(done.stdout.count("allocate response received"), done.stdout.count("allocate sent"), "a request has no answer")
        self.assertNotIn("Received relay addr", done.stdout)

    def test_rejects_a_peer_that_is_not_allowed(self):
        done = self.uclient("-c", "-e", "127.0.0.1", V4)

        self.assertEqual(done.returncode, GAVE_UP, done.stdout)
        self.assertIn("channel bind: error 403 (Forbidden)", done.stdout)

    def test_rejects_plain_tcp_on_a_tls_port(self):
        done = self.uclient("-t", "-p", TLS_PORT, *TO_PEER)

        self.assertEqual(done.returncode, GAVE_UP, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^recv: (Success|Connection reset by peer)$", "the server did not close the connection")

    @classmethod
    def uclient(cls, *arguments, password=PASSWORD):
        return uclient.run(cls.namespace, "-u", USER, "-w", password, "-p", TURN_PORT, "-n", MESSAGES, "-l", 200, *arguments)


def _add_tests():
    for name in RELAYED:
        method = "test_relays_" + re.sub(r"\W", "_", name)
        setattr(TurnutilsTest, method, lambda self, name=name: self.assert_nothing_lost(name))


_add_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
