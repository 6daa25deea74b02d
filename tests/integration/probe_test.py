#!/usr/bin/env python3
"""`causeway probe` against one edge: every transport, and the advice after failures."""

import json
import subprocess
import unittest

from edge_and_clients import CLIENT_V4, NAME, PASSWORD, TLS_PORT, TURN_PORT, USER, V4, V6, edge_and_clients
from lib.process import programs

OK, FAILED, USAGE = 0, 1, 2


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(edge_and_clients())

    def probe(self, uri, *options, user=USER, password=PASSWORD):
        command = [programs.find("causeway"), "probe", uri, "--user", user, "--password", password, "--json", *options]
        done = subprocess.run(self.net.in_client("a", *command), capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    def assert_fails_at(self, step, text, document):
        for report in document["probes"]:
            last = report["steps"][-1]
            self.assertEqual((last["step"], last["ok"]), (step, False))
            self.assertIn(text, last["detail"])

    def test_relays_over_every_transport_and_both_families(self):
        ca = ("--ca", self.net.pki.ca)
        for uri, options, transports in ((f"turn:{V4}", (), ["udp", "tcp"]), (f"turn:[{V6}]:{TURN_PORT}", (), ["udp", "tcp"]),
                                         (f"turns:{V4}:{TLS_PORT}", ca, ["dtls", "tls"]), (f"turns:{NAME}?transport=tcp", ca, ["tls"])):
            with self.subTest(uri):
                code, document, complaint = self.probe(uri, *options)

                self.assertEqual(code, OK, (document, complaint))
                self.assertEqual([report["transport"] for report in document["probes"]], transports)
                for report in document["probes"]:
                    self.assertEqual(report["returned"], report["sent"])
                    self.assertGreater(report["round_trip_ms"], 0)

    def test_relays_to_its_own_socket(self):
        code, document, _ = self.probe(f"turn:{V4}?transport=udp", "--peer", CLIENT_V4)

        self.assertEqual(code, OK, document)

    def test_reports_a_wrong_password(self):
        code, document, _ = self.probe(f"turn:{V4}", password="another-password")

        self.assertEqual(code, FAILED)
        self.assert_fails_at("allocate", "wrong user name or password", document)

    def test_reports_a_denied_peer(self):
        code, document, _ = self.probe(f"turn:{V4}?transport=udp", "--peer", "127.0.0.1")

        self.assertEqual(code, FAILED)
        self.assert_fails_at("bind channel", "turn.peers.allow", document)

    def test_reports_a_certificate_of_an_unknown_ca(self):
        code, document, _ = self.probe(f"turns:{V4}:{TLS_PORT}")

        self.assertEqual(code, FAILED)
        self.assert_fails_at("connect", "--ca FILE", document)
        code, document, _ = self.probe(f"turns:{V4}:{TLS_PORT}", "--insecure")
        self.assertEqual(code, OK, document)

    def test_reports_a_closed_port(self):
        code, document, _ = self.probe(f"turn:{V4}:9")

        self.assertEqual(code, FAILED)
        udp, tcp = document["probes"]
        self.assertIn("nothing listens", udp["steps"][-1]["detail"])
        self.assertIn("nothing listens", tcp["steps"][-1]["detail"])

    def test_rejects_an_invalid_uri(self):
        code, _, complaint = self.probe(f"stun:{V4}")

        self.assertEqual(code, USAGE)
        self.assertIn("turn:HOST", complaint)


if __name__ == "__main__":
    unittest.main()
