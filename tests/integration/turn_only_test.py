#!/usr/bin/env python3
"""conf/turn-only.yaml with another address and secret: it serves coturn's client and answers queries."""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest

import lone_edge
import network_namespace
import turn_client
import uclient
from lib.process import programs
from network_namespace import command_in

SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "conf" / "turn-only.yaml"
# Public addresses inside the namespace: the default rules deny private peers.
ADDRESS = "11.79.9.1"
PEER = "11.79.9.2"
MONITORING = "127.0.0.1:9641"
SECRET = "integration-test-secret"


class StubbornClient(turn_client.TurnClient):
    """Keeps its realm or its nonce, whatever the server says."""

    realm = nonce = None

    def _request(self, method, attributes, signed=True):
        self._realm, self._nonce = self.realm or self._realm, self.nonce or self._nonce
        return super()._request(method, attributes, signed)


def password_of(user, secret):
    return base64.b64encode(hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()).decode()


class TurnOnlyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="causeway-turn-only-")))
        cls.namespace = cls.enterClassContext(network_namespace.lone_namespace("only", [f"{ADDRESS}/32", f"{PEER}/32"]))
        cls.socket = folder / "admin.sock"
        cls.usage = folder / "usage.jsonl"
        cls.log = folder / "log"
        config = folder / "turn-only.yaml"
        shipped = SHIPPED.read_text()
        changed = shipped.replace("192.0.2.10", ADDRESS).replace("change-me-before-use", SECRET)
        # The peer is on the edge's own host, where only its full address makes it one.
        changed = changed.replace("turn:\n", f"turn:\n  peers: {{allow: [{PEER}/32]}}\n", 1)
        config.write_text(changed + f"admin: {{socket: {cls.socket}}}\nmetrics: {{listen: \"{MONITORING}\"}}\n"
                          f"usage_log: {{to: {cls.usage}}}\n")
        cls.enterClassContext(lone_edge.running(cls.namespace, [programs.find("causewayd"), "--config", config], ADDRESS, cls.log))
        cls.enterClassContext(lone_edge.echoing_peers(cls.namespace, 3480, PEER))

    def test_serves_a_client_with_rest_credentials(self):
        for arguments in (["-e", PEER], ["-e", PEER, "-s"], ["-y"]):
            with self.subTest(arguments=arguments):
                done = uclient.run(self.namespace, "-u", "alice", "-W", SECRET, "-n", 20, "-c", *arguments, ADDRESS)

                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", done.stdout)

    def test_answers_queries_as_a_standalone_edge(self):
        status = self.ask("status")
        self.assertIs(status["overlay"], False)
        self.assertIsNone(status["certificate_left_s"])
        self.assertEqual(status["roles"], ["edge"])

        self.assertEqual(self.ask("links")["links"], [])
        [own] = self.ask("nodes")["nodes"]
        self.assertEqual(own["node"], status["node"])
        self.assertEqual(own["relays_on"], [ADDRESS])
        self.assertIn("relay", self.ask("counters")["counters"])

    def test_exports_metrics_of_relayed_traffic(self):
        self.assertEqual(self.fetch("/healthz"), (200, "ok\n"))
        self.assertEqual(self.fetch("/readyz"), (200, "ok\n"))
        self.assertEqual(self.fetch("/secrets")[0], 404)

        status, text = self.fetch("/metrics")

        self.assertEqual(status, 200)
        self.assertRegex(text, r'(?m)^causeway_client_packets_total\{direction="in",transport="udp"\} [1-9]')
        self.assertRegex(text, r"(?m)^causeway_allocations \d+$")
        self.assertNotIn("alice", text)

    def test_closes_a_metrics_request_that_stops_half_way(self):
        with network_namespace.entered(self.namespace):
            host, port = MONITORING.split(":")
            with socket.create_connection((host, int(port)), timeout=60) as stream:
                stream.sendall(b"GET /metrics")

                self.assertEqual(stream.recv(100), b"")

    def test_lists_the_allocations_that_match_the_filter_and_ends_them(self):
        client = subprocess.Popen(
            command_in(self.namespace, "turnutils_uclient", "-u", "bob", "-W", SECRET, "-n", "400", "-c", "-m", "3", "-e", PEER, ADDRESS),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.terminate)
        deadline = time.monotonic() + 20
        while len(self.ask("allocations", "--user", "bob")["allocations"]) < 3 and time.monotonic() < deadline:
            time.sleep(0.2)

        found = self.ask("allocations", "--user", "bob", "--transport", "udp", "--client", ADDRESS)
        self.assertIs(found["complete"], True)
        self.assertGreaterEqual(found["matched"], 3)
        self.assertEqual(len(found["allocations"]), found["matched"])
        self.assertEqual({allocation["transport"] for allocation in found["allocations"]}, {"udp"})
        self.assertEqual(len(self.ask("allocations", "--limit", "1")["allocations"]), 1)
        self.assertEqual(self.ask("allocations", "--user", "nobody")["allocations"], [])
        self.assertEqual(self.ask("allocations", "--transport", "tls")["allocations"], [])

        one = found["allocations"][0]["id"]
        self.assertEqual(self.ask("allocations", "end", "--id", one)["matched"], 1)
        self.assertEqual(self.ask("allocations", "end", "--user", "bob")["matched"], found["matched"] - 1)
        deadline = time.monotonic() + 10
        while self.ask("allocations", "--user", "bob")["allocations"] and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(self.ask("allocations", "--user", "bob")["allocations"], [])
        while len(ends := [line.get("end") for line in self.usage_lines("bob")]) < found["matched"] and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual(ends, ["by_operator"] * found["matched"])

    def test_logs_the_usage_of_an_allocation_at_its_end(self):
        uclient.run(self.namespace, "-u", "carol", "-W", SECRET, "-n", 20, "-l", 100, "-c", "-e", PEER, ADDRESS)

        deadline = time.monotonic() + 10
        while not (lines := [line for line in self.usage_lines("carol") if line["packets_to_peer"]]) and time.monotonic() < deadline:
            time.sleep(0.2)

        [used] = lines
        self.assertEqual((used["event"], used["end"], used["transport"]), ("allocation_ended", "by_client", "udp"))
        self.assertTrue(used["relayed"].startswith(ADDRESS))
        self.assertEqual((used["packets_to_peer"], used["bytes_to_peer"]), (20, 2000))
        self.assertEqual((used["packets_to_client"], used["bytes_to_client"]), (20, 2000))

    def test_logs_why_a_login_was_refused_and_the_remedy(self):
        now = int(time.time())
        expired, good = f"{now - 3600}:dave", f"{now + 3600}:dave"

        for fault, remedy, user, secret, realm, nonce in (
                ("expired", "clocks", expired, SECRET, None, None),
                ("unknown_user", "turn.users", "mallory", SECRET, None, None),
                ("wrong_secret", "turn.rest_secrets", good, "another secret", None, None),
                ("wrong_realm", "turn.realm", good, SECRET, b"elsewhere.example", None),
                ("stale_nonce", "turn.nonce_keys", good, SECRET, None, b"kept")):
            with self.subTest(fault=fault):
                self.refuse(user, secret, realm, nonce)

                [line] = self.refused(fault)  # of three attempts
                self.assertIn("level=info", line)
                self.assertIn(f"client={ADDRESS}:", line)
                self.assertRegex(line, f'remedy=".*{remedy}')
                self.assertIn(f"user={user}", line)
        self.assertRegex(self.refused("expired")[0], r"expired_s=36\d\d ")

        deadline = time.monotonic() + 10  # data planes report once a second
        while (counters := self.ask("counters")["counters"]["relay"])["login_refused_stale_nonce"] < 3 and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertEqual({fault: counters[f"login_refused_{fault}"] for fault in ("expired", "wrong_realm", "stale_nonce")},
                         {"expired": 3, "wrong_realm": 3, "stale_nonce": 3})
        self.assertIn('causeway_turn_refused_logins_total{fault="expired"} 3\n', self.fetch("/metrics")[1])

    def refuse(self, user, secret, realm, nonce):
        """A client tries to log in three times with the same credentials."""
        with network_namespace.entered(self.namespace):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            client = StubbornClient(sock, (ADDRESS, lone_edge.TURN_PORT), user, password_of(user, secret))
            client.realm, client.nonce = realm, nonce
            for _ in range(3):
                with self.assertRaises(turn_client.TurnError) as refused:
                    client.allocate()
                self.assertEqual(refused.exception.code, 438 if nonce else 401)

    def refused(self, fault):
        return [line for line in self.log.read_text().splitlines() if re.search(rf"event=login_refused .*fault={fault} ", line)]

    def usage_lines(self, user):
        lines = [json.loads(line) for line in self.usage.read_text().splitlines()]
        return [line for line in lines if line["user"].endswith(f":{user}")]

    def fetch(self, path):
        program = ("import http.client, sys; c = http.client.HTTPConnection(sys.argv[1], timeout=5); c.request('GET', sys.argv[2]); "
                   "r = c.getresponse(); print(r.status); sys.stdout.write(r.read().decode())")
        done = subprocess.run(command_in(self.namespace, "python3", "-c", program, MONITORING, path), check=True, capture_output=True, text=True)
        status, _, body = done.stdout.partition("\n")
        return int(status), body

    def ask(self, query, *options):
        command = [programs.find("causeway"), "--socket", self.socket, "--json", query, *options]
        return json.loads(subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
