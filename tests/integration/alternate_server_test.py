#!/usr/bin/env python3
"""300 Try Alternate (RFC 8656 section 7.2): a drained edge redirects its clients to a sibling, and each kind of client follows.

The test uses namespaces because Chromium follows no redirection to a loopback address. Over TLS, Chromium follows only to an address that
the sibling's certificate names. Firefox does not follow over TLS.
"""

import contextlib
import re
import subprocess
import unittest

from edge_and_clients import PASSWORD, SIBLING_V4, TLS_PORT, TURN_PORT, USER, V4, edge_at, network
from foreign_call import connect, media_runs, relayed_addresses, side, watch
from lib.process import programs

MESSAGES = 20


class AlternateServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(network())
        cls.enterClassContext(edge_at(cls.net, SIBLING_V4))
        drained = cls.enterClassContext(edge_at(cls.net, V4, tls_alternatives=[f"{SIBLING_V4}:{TLS_PORT}"]))
        subprocess.run([programs.find("causeway"), "drain", "--socket", drained / "admin.sock", "--deadline", "10m",
                        "--to", f"{SIBLING_V4}:{TURN_PORT}"], check=True, stdout=subprocess.DEVNULL)

    def test_chromium_follows_over_udp(self):
        self.assert_follows("chromium", "udp")

    def test_chromium_follows_over_tcp(self):
        self.assert_follows("chromium", "tcp")

    def test_chromium_follows_over_tls(self):
        self.assert_follows("chromium", "tls")

    def test_firefox_follows_over_udp(self):
        self.assert_follows("firefox", "udp")

    def test_firefox_follows_over_tcp(self):
        self.assert_follows("firefox", "tcp")

    def test_webrtcbin_follows_over_udp(self):
        self.assert_follows("webrtcbin", "udp")

    def test_coturns_client_follows(self):
        self.assert_coturns_client_follows("udp", "-p", TURN_PORT)

    def test_coturns_client_follows_over_tls(self):
        self.assert_coturns_client_follows("tls", "-t", "-S", "-p", TLS_PORT)

    def test_coturns_client_follows_over_dtls(self):
        self.assert_coturns_client_follows("dtls", "-S", "-p", TLS_PORT)

    def assert_coturns_client_follows(self, transport, *options):
        command = ["turnutils_uclient", *options, "-u", USER, "-w", PASSWORD, "-n", MESSAGES, "-c", "-y", "-v", V4]
        done = subprocess.run(self.net.in_client("a", *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)

        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("300 (Try Alternate)", done.stdout)
        self.assertIn("Total lost packets 0 (0.000000%)", done.stdout)
        self.assertEqual(set(re.findall(r"Received relay addr: ([\d.]+):", done.stdout)), {SIBLING_V4})
        print(f"turnutils_uclient over {transport}: followed to {SIBLING_V4}, nothing lost")

    def assert_follows(self, kind, transport):
        with contextlib.ExitStack() as stack:
            sides = [stack.enter_context(side(self.net, client, kind, self.net.ice_server(transport))) for client in self.net.clients]
            descriptions = connect(*sides)
            looks = watch(sides, media_runs)

        for description, look in zip(descriptions, looks, strict=True):
            self.assertEqual(relayed_addresses(description), {SIBLING_V4})
            self.assertEqual((look["pair"]["local"]["type"], look["pair"]["remote"]["type"]), ("relay", "relay"))
        print(f"{kind} over {transport}: followed to {SIBLING_V4}, relay to relay, "
              f"{' and '.join(str(look['video']['packetsReceived']) for look in looks)} video packets")


if __name__ == "__main__":
    unittest.main(verbosity=2)
