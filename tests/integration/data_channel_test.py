#!/usr/bin/env python3
"""aiortc and werift, clients without a browser, in two namespaces: numbered messages on a data channel.

Both bind channels without CreatePermission, so ChannelBind must install the permission (RFC 8656 section 12).
"""

import unittest

from data_channel_case import DataChannelCase
from foreign_call import CallFailed, relayed_only, side


class DataChannelTest(DataChannelCase):
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

    def test_aiortc_rejects_a_certificate_of_an_unknown_ca(self):
        with side(self.net, "a", "aiortc", self.net.ice_server("tls"), trust=False) as caller:
            with self.assertRaisesRegex(CallFailed, "CERTIFICATE_VERIFY_FAILED"):
                caller.ask("offer")

    def test_werift_rejects_a_certificate_of_an_unknown_ca(self):
        with side(self.net, "a", "werift", self.net.ice_server("tls"), trust=False) as caller:
            with self.assertRaisesRegex(CallFailed, "no relayed candidate"):
                relayed_only(caller.ask("offer"), "werift")

    def test_aiortc_calls_werift_from_tcp_to_udp(self):
        self.assert_delivers(["aiortc", "werift"], ["tcp", "udp"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
