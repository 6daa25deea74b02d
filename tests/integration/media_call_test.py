#!/usr/bin/env python3
"""Chromium, Firefox and GStreamer, unmodified, in separate namespaces: video and audio from relay to relay.

The clients report the pair that ICE selected and the number of decoded frames.
"""

import contextlib
import unittest

from edge_and_clients import V6, edge_and_clients
from foreign_call import CallFailed, connect, media_runs, relayed_only, side, watch


class MediaCallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(edge_and_clients())

    def test_chromium_over_udp(self):
        self.assert_calls("chromium over udp", "chromium over udp")

    def test_chromium_over_tcp(self):
        self.assert_calls("chromium over tcp", "chromium over tcp")

    def test_chromium_over_udp_of_v6(self):
        self.assert_calls("chromium over udp", "chromium over udp", host=f"[{V6}]")

    def test_chromium_over_tcp_of_v6(self):
        self.assert_calls("chromium over tcp", "chromium over tcp", host=f"[{V6}]")

    def test_chromium_over_tls(self):
        self.assert_calls("chromium over tls", "chromium over tls")

    def test_chromium_rejects_a_certificate_of_an_unknown_ca(self):
        self.assert_shuns("chromium")

    def test_firefox_rejects_a_certificate_of_an_unknown_ca(self):
        self.assert_shuns("firefox")

    def test_firefox_over_tls_calls_chromium_over_tls(self):
        self.assert_calls("firefox over tls", "chromium over tls")

    def test_firefox_over_udp(self):
        self.assert_calls("firefox over udp", "firefox over udp")

    def test_firefox_over_tcp(self):
        self.assert_calls("firefox over tcp", "firefox over tcp")

    def test_firefox_over_tls(self):
        self.assert_calls("firefox over tls", "firefox over tls")

    def test_firefox_over_udp_of_v6(self):
        self.assert_calls("firefox over udp", "firefox over udp", host=f"[{V6}]")

    def test_firefox_over_udp_calls_chromium_over_tls(self):
        """Over IPv6: the name resolves to IPv6 first, and ICE pairs no relayed addresses of two families."""
        self.assert_calls("firefox over udp", "chromium over tls", host=f"[{V6}]")

    def test_firefox_over_tcp_calls_chromium_over_udp(self):
        self.assert_calls("firefox over tcp", "chromium over udp")

    def test_chromium_over_tcp_calls_firefox_over_udp(self):
        self.assert_calls("chromium over tcp", "firefox over udp")

    def test_webrtcbin_over_udp(self):
        self.assert_calls("webrtcbin over udp", "webrtcbin over udp")

    def test_webrtcbin_over_tcp(self):
        self.assert_calls("webrtcbin over tcp", "webrtcbin over tcp")

    def test_webrtcbin_over_udp_of_v6(self):
        self.assert_calls("webrtcbin over udp", "webrtcbin over udp", host=f"[{V6}]")

    def test_webrtcbin_over_tcp_of_v6(self):
        self.assert_calls("webrtcbin over tcp", "webrtcbin over tcp", host=f"[{V6}]")

    def test_webrtcbin_fails_because_it_sends_plain_tcp_to_turns_servers(self):
        """libnice 0.1.21 sends plain TURN to `turns:` servers."""
        self.assert_shuns("webrtcbin", trust=True, says="candidates are not complete|no relayed candidate")

    def assert_shuns(self, kind, trust=False, says="no relayed candidate"):
        with side(self.net, "a", kind, self.net.ice_server("tls"), trust=trust) as caller:
            with self.assertRaisesRegex(CallFailed, says):
                relayed_only(caller.ask("offer"), kind)

    def assert_calls(self, *wanted, **address):
        clients = [text.split(" over ") for text in wanted]
        with contextlib.ExitStack() as stack:
            sides = [stack.enter_context(side(self.net, name, kind, self.net.ice_server(transport, **address)))
                     for name, (kind, transport) in zip("ab", clients, strict=True)]
            connect(*sides)
            looks = watch(sides, media_runs)

            for name, (_, transport) in zip("ab", clients, strict=True):
                self.assertEqual(self.net.transports_of(name), {transport})
        for look, (kind, transport) in zip(looks, clients, strict=True):
            self.assertEqual((look["pair"]["local"]["type"], look["pair"]["remote"]["type"]), ("relay", "relay"))
            if kind != "webrtcbin":  # which does not report it
                self.assertEqual(look["pair"]["local"]["relayProtocol"], transport)
            video = look["video"]
            print(f"{kind} over {transport}: relay to relay, {video['packetsReceived']} video packets, "
                  f"{video['packetsLost']} lost, {video.get('framesDecoded', 'no')} frames decoded, "
                  f"{look['audio']['packetsReceived']} audio packets")


if __name__ == "__main__":
    unittest.main(verbosity=2)
