#!/usr/bin/env python3
"""Clients without a browser, between two namespaces: aiortc and werift, numbered messages on a data channel.

Both bind channels without ever asking for a permission, so ChannelBind has to install it.
"""

import unittest

from edge_and_clients import edge_and_clients
from foreign_call import CallFailed, connect, relayed_only, side, watch

MESSAGES = 100


class DataChannelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(edge_and_clients())

    def test_aiortc_over_udp(self):
        self.assert_delivers("aiortc", "udp")

    def test_aiortc_over_tcp(self):
        self.assert_delivers("aiortc", "tcp")

    def test_werift_over_udp(self):
        self.assert_delivers("werift", "udp")

    def test_werift_over_tcp(self):
        self.assert_delivers("werift", "tcp")

    def test_aiortc_over_tls(self):
        self.assert_delivers("aiortc", "tls")

    def test_werift_over_tls(self):
        self.assert_delivers("werift", "tls")

    def test_aiortc_shuns_a_certificate_of_a_stranger(self):
        with side(self.net, "a", "aiortc", self.net.ice_server("tls"), trust=False) as caller:
            with self.assertRaisesRegex(CallFailed, "CERTIFICATE_VERIFY_FAILED"):
                caller.ask("offer")

    def test_werift_shuns_a_certificate_of_a_stranger(self):
        with side(self.net, "a", "werift", self.net.ice_server("tls"), trust=False) as caller:
            with self.assertRaisesRegex(CallFailed, "no relayed candidate"):
                relayed_only(caller.ask("offer"), "werift")

    def test_aiortc_calls_werift_from_tcp_to_udp(self):
        self.assert_delivers(["aiortc", "werift"], ["tcp", "udp"])

    def assert_delivers(self, kinds, transports):
        kinds = [kinds] * 2 if isinstance(kinds, str) else kinds
        transports = [transports] * 2 if isinstance(transports, str) else transports
        with (side(self.net, "a", kinds[0], self.net.ice_server(transports[0])) as caller,
              side(self.net, "b", kinds[1], self.net.ice_server(transports[1])) as callee):
            connect(caller, callee)
            looks = watch([caller, callee], lambda look: look["messages"] >= MESSAGES)

            for client, transport in zip("ab", transports, strict=True):
                self.assertEqual(self.net.transports_of(client), {transport})
        for look in looks:
            self.assertEqual(look["messages"], MESSAGES)
            self.assertEqual((look["pair"]["local"]["type"], look["pair"]["remote"]["type"]), ("relay", "relay"))
        print(f"{kinds[0]} over {transports[0]}, {kinds[1]} over {transports[1]}: relay to relay, "
              f"{looks[0]['messages']} and {looks[1]['messages']} of {MESSAGES} messages")


if __name__ == "__main__":
    unittest.main(verbosity=2)
