#!/usr/bin/env python3
"""pion, a WebRTC library in Go, between two namespaces. It is the only WebRTC client here with TURN over DTLS."""

import unittest

from data_channel_case import DataChannelCase
from foreign_call import CallFailed, relayed_only, side


class PionCallTest(DataChannelCase):
    def test_over_udp(self):
        self.assert_delivers("pion", "udp")

    def test_over_tcp(self):
        self.assert_delivers("pion", "tcp")

    def test_over_tls(self):
        self.assert_delivers("pion", "tls")

    def test_over_dtls(self):
        self.assert_delivers("pion", "dtls")

    def test_calls_aiortc_from_dtls_to_tcp(self):
        self.assert_delivers(["pion", "aiortc"], ["dtls", "tcp"])

    def test_is_called_by_werift_from_udp_to_dtls(self):
        self.assert_delivers(["werift", "pion"], ["udp", "dtls"])

    def test_rejects_a_certificate_of_an_unknown_ca(self):
        for transport in ("tls", "dtls"):
            with self.subTest(transport), side(self.net, "a", "pion", self.net.ice_server(transport), trust=False) as caller:
                with self.assertRaisesRegex(CallFailed, "no relayed candidate"):
                    relayed_only(caller.ask("offer"), "pion")


if __name__ == "__main__":
    unittest.main(verbosity=2)
