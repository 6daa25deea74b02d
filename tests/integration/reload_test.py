#!/usr/bin/env python3
"""`causeway reload` and SIGHUP with 1,000 live allocations, some over TLS: ports, secrets, users, quotas and certificates change, and no
packet is lost."""

import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import pathlib
import re
import resource
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import held_thread
import lone_edge
import network_namespace
import test_pki
from allocation_fleet import EchoPeer, Fleet
from lib.process import programs
from stream_socket import StreamSocket
from turn_client import FIRST_CHANNEL, TurnClient, TurnError

ADDRESS = "11.79.10.1"
PEER = "11.79.10.2"
ALLOCATIONS, OVER_TLS = 1000, 50
OLD_PORT, OTHER_PORT, NEW_PORT = 3478, 3479, 3480
TLS_PORT = lone_edge.TLS_PORT
MONITORING = "127.0.0.1:9641"
DAY_S = 86400.0
SEEN_WITHIN_S = 10.0  # time until a new certificate file is noticed
ALICE, BOB = ("alice", "correct-horse"), ("bob", "battery-staple")


class ReloadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-reload-")))
        self.config = self.folder / "node.yaml"
        self.admin = self.folder / "admin.sock"
        self.pki = test_pki.make(self.folder / "pki", [ADDRESS])
        self.write_config()
        namespace = self.enterContext(network_namespace.lone_namespace("reload", [f"{ADDRESS}/32", f"{PEER}/32"]))
        command = [programs.find("causewayd"), "--config", self.config]
        self.log = self.folder / "log"
        self.daemon = self.enterContext(lone_edge.running(namespace, command, ADDRESS, self.log))
        self.enterContext(network_namespace.entered(namespace))
        self.peer = EchoPeer(PEER)
        self.peer.start()
        self.addCleanup(self.peer.stop)

    def write_config(self, ports=(OLD_PORT, OTHER_PORT), user=ALICE, nonce_key="07", **turn):
        self.config.write_text(json.dumps({
            "node": {"roles": ["edge"]},
            "turn": {
                "listen": [f"{ADDRESS}:{port}" for port in ports],
                "listeners": [{"address": f"{ADDRESS}:{TLS_PORT}", "transports": ["tls"]}],
                "tls": {"certificate": str(self.pki.certificate), "key": str(self.pki.key)},
                "users": [{"name": user[0], "password": user[1]}],
                "nonce_keys": [nonce_key * 32],
                "max_allocations_per_user": 2000,
                "peers": {"allow": [f"{PEER}/32"]},  # on the edge's own host
                **turn,
            },
            "admin": {"socket": str(self.admin)},
            "metrics": {"listen": MONITORING},
            "cores": 2,
        }))

    def test_changes_everything_under_live_allocations_without_losing_a_packet(self):
        fleet = self.fleet(OLD_PORT, ALLOCATIONS, OVER_TLS)
        outcome, shown = [], []

        def change():
            self.renew_certificate("changed with the rest")
            self.write_config(ports=(OTHER_PORT, NEW_PORT), user=BOB, nonce_key="08", relay_ports="30000-31999",
                              max_allocations=5000, max_allocations_per_user=3, lifetime={"max": "2h"})
            outcome.append(self.causeway("reload", "--grace"))
            shown.append(self.shown_name())

        fleet.send_rounds(rounds=6, seconds=6.0, between=change)

        self.assertEqual(fleet.lost, 0, f"of {fleet.sent}")
        self.assertEqual(sorted(outcome[0]["applied"]), [
            "turn.lifetime.max", "turn.listen", "turn.max_allocations", "turn.max_allocations_per_user",
            "turn.nonce_keys", "turn.relay_ports", "turn.users"])
        self.assertEqual(outcome[0]["need_restart"], [])
        self.assertEqual(shown, ["changed with the rest"])
        # Existing clients keep their rights until their allocations expire. New clients get the new rules, on a new port.
        fleet.clients[0].bind_channel(self.peer.address)
        with self.assertRaisesRegex(TurnError, "401"):
            self.client(NEW_PORT, ALICE).allocate()
        mine = [self.client(NEW_PORT, BOB) for _ in range(4)]
        for client in mine[:3]:
            self.assertIn(client.allocate()[1], range(30000, 32000))
        # On either of the two data planes.
        with self.assertRaisesRegex(TurnError, "486"):
            mine[3].allocate()

        # The removed port accepts no new client, and closes after its last client.
        with self.assertRaises(TimeoutError):
            self.client(OLD_PORT, BOB).allocate()
        for client in fleet.clients:
            client.release()
        self.assertTrue(self.closes(OLD_PORT))

    def test_ends_the_allocations_of_a_user_whom_it_removes(self):
        client = self.echoing_client()
        self.write_config(user=BOB)

        self.causeway("reload")

        self.assertTrue(self.has_no_allocation())
        self.assertFalse(self.echoes(client))
        with self.assertRaisesRegex(TurnError, "401"):
            client.refresh(600)
        self.client(OLD_PORT, BOB).allocate()

    def test_with_grace_lets_the_allocations_of_a_removed_user_run_out(self):
        client = self.echoing_client()
        self.write_config(user=BOB)

        self.causeway("reload", "--grace")

        self.assertLessEqual(client.refresh(3600), 600)
        self.assertTrue(self.echoes(client))
        self.causeway("reload")
        self.assertTrue(self.has_no_allocation())

    def test_closes_the_way_to_a_peer_that_it_forbids(self):
        client = self.echoing_client()
        self.write_config(peers={"deny": [f"{PEER}/32"]})

        self.causeway("reload")

        self.assertFalse(self.echoes(client))
        self.assertEqual(client.refresh(600), 600)
        with self.assertRaisesRegex(TurnError, "403"):
            client.bind_channel(self.peer.address)

    def test_a_client_whose_allocation_an_operator_ended_gets_437_and_may_begin_again(self):
        client = self.echoing_client()

        self.assertEqual(self.causeway("allocations", "end", "--user", "alice")["matched"], 1)

        self.assertTrue(self.has_no_allocation())
        self.assertFalse(self.echoes(client))
        with self.assertRaisesRegex(TurnError, "437"):
            client.refresh(600)
        client.allocate()

    def echoing_client(self):
        client = self.client(OLD_PORT, ALICE)
        client.allocate()
        client.bind_channel(self.peer.address)
        self.assertTrue(self.echoes(client))
        return client

    def echoes(self, client):
        client.send_on_channel(FIRST_CHANNEL, b"echo me")
        return client.receive(within_s=1.0) == b"echo me"

    def has_no_allocation(self, within_s=5.0):
        deadline = time.monotonic() + within_s
        while (left := self.causeway("allocations")["total"]) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left == 0

    def test_uses_changed_certificates_for_new_connections_and_keeps_old_connections(self):
        fleet = self.fleet(OLD_PORT, ALLOCATIONS // 10, OVER_TLS)
        outcome, shown = [], []

        def change():
            self.renew_certificate("written over")
            shown.append(self.shown_name_once_it_is("written over"))
            self.renew_certificate("reloaded")
            outcome.append(self.causeway("reload"))
            shown.append(self.shown_name())

        fleet.send_rounds(rounds=40, seconds=8.0, between=change)

        self.assertEqual(shown, ["written over", "reloaded"])
        self.assertEqual(outcome[0]["need_restart"], [])
        self.assertEqual(fleet.lost, 0, f"of {fleet.sent}")
        for client in fleet.clients:
            self.assertEqual(client.refresh(600), 600)

    def test_exports_the_expiry_of_its_certificate(self):
        renewed = time.time() + 10 * DAY_S
        self.assertLess(self.certificate_end(), renewed)

        test_pki.issue(self.pki, [ADDRESS], "written over", days=20)

        self.shown_name_once_it_is("written over")
        self.assertGreater(self.certificate_end(), renewed)
        self.pki = dataclasses.replace(self.pki, certificate=self.folder / "moved.pem", key=self.folder / "moved.key")
        test_pki.issue(self.pki, [ADDRESS], "moved", days=3)
        self.write_config()
        self.causeway("reload")
        self.assertLess(self.certificate_end(), renewed)

    def test_warns_of_an_expired_certificate_in_new_files(self):
        self.pki = dataclasses.replace(self.pki, certificate=self.folder / "old.pem", key=self.folder / "old.key")
        test_pki.issue(self.pki, [ADDRESS], "old", days=-1)
        self.write_config()

        self.causeway("reload")

        self.assertRegex(self.logged("certificate_not_valid"), r"file=\S+old\.pem reason=\"expired on ")

    def test_keeps_its_certificate_when_the_files_hold_none(self):
        self.pki.certificate.write_text("none\n")

        refused = self.run_causeway("reload")

        self.assertEqual(refused.returncode, 1)
        self.assertIn("turn.tls", refused.stderr)
        self.assertEqual(self.shown_name(), "causeway test")

    def test_uses_a_certificate_of_new_files_and_watches_them(self):
        first = self.pki
        self.pki = dataclasses.replace(first, certificate=self.folder / "moved.pem", key=self.folder / "moved.key")
        self.renew_certificate("moved")
        self.write_config(tls={"certificate": str(self.pki.certificate), "key": str(first.key)})
        refused = self.run_causeway("reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(str(first.key), refused.stderr)
        self.assertEqual(self.shown_name(), "causeway test")

        self.write_config()
        applied = self.causeway("reload")

        self.assertEqual(applied["applied"], ["turn.tls.certificate", "turn.tls.key"])
        self.assertEqual(applied["need_restart"], [])
        self.assertEqual(self.shown_name(), "moved")
        self.renew_certificate("moved and renewed")
        self.assertEqual(self.shown_name_once_it_is("moved and renewed"), "moved and renewed")

    def test_refuses_a_wrong_file_as_a_whole(self):
        self.write_config(ports=(NEW_PORT,), lifetime={"max": "soon"}, max_allocations=0)

        refused = self.run_causeway("reload")

        self.assertEqual(refused.returncode, 1)
        self.assertIn("turn.lifetime.max", refused.stderr)
        self.assertIn("turn.max_allocations", refused.stderr)
        self.client(OLD_PORT, ALICE).allocate()

    def test_rejects_a_port_in_use(self):
        taken = self.enterContext(contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
        taken.bind((ADDRESS, NEW_PORT))
        self.write_config(ports=(OLD_PORT, NEW_PORT), user=BOB)

        refused = self.run_causeway("reload")

        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{ADDRESS}:{NEW_PORT}", refused.stderr)
        self.client(OLD_PORT, ALICE).allocate()

    def test_changes_udp_and_tcp_listeners_of_one_address_separately(self):
        apart = [{"address": f"{ADDRESS}:{TLS_PORT}", "transports": transports} for transports in (["udp"], ["tls"])]
        self.write_config(listeners=apart)
        self.causeway("reload")
        fleet = self.fleet(TLS_PORT, 2, over_tls=1)

        self.write_config(listeners=apart, max_allocations=50)
        self.assertEqual(self.causeway("reload")["applied"], ["turn.max_allocations"])

        fleet.send_rounds(rounds=4, seconds=0.2)
        self.assertEqual(fleet.lost, 0, f"of {fleet.sent}")

    def test_keeps_the_transports_of_a_listener_that_returns(self):
        client = self.client(OTHER_PORT, ALICE)
        client.allocate()
        self.write_config(ports=(OLD_PORT,))
        self.causeway("reload")
        back = [{"address": f"{ADDRESS}:{OTHER_PORT}", "transports": ["dtls"]}]
        self.write_config(ports=(OLD_PORT,), listeners=back)

        refused = self.run_causeway("reload")

        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{ADDRESS}:{OTHER_PORT} cannot give up udp", refused.stderr)
        client.release()
        self.assertTrue(self.closes(OTHER_PORT))
        self.causeway("reload")
        self.assertTrue(self.takes_dtls(OTHER_PORT))

        self.write_config(ports=(OLD_PORT,))
        self.causeway("reload")
        self.assertTrue(self.closes(OTHER_PORT))
        self.write_config()
        self.causeway("reload")
        self.client(OTHER_PORT, ALICE).allocate()
        self.assertFalse(self.takes_dtls(OTHER_PORT))

    def test_fails_while_a_data_plane_hangs_and_completes_afterwards(self):
        control, *data_planes = held_thread.threads_of(self.daemon.pid)
        self.assertEqual((control, len(data_planes)), (self.daemon.pid, 2))
        self.write_config(user=BOB)

        with held_thread.held(data_planes[1]), concurrent.futures.ThreadPoolExecutor() as others:
            reload = others.submit(self.run_causeway, "reload")
            asked_meanwhile = 0
            while not reload.done():
                self.causeway("status")
                asked_meanwhile += 1
        self.assertEqual(reload.result().returncode, 1)
        self.assertIn("data plane 1 has not applied it", reload.result().stderr)
        self.assertGreater(asked_meanwhile, 1)

        self.assertEqual(self.causeway("reload")["behind"], [])
        for _ in range(8):  # on either of the two data planes
            self.client(OLD_PORT, BOB).allocate()

    def test_accepts_sighup_and_logs_its_completion(self):
        self.write_config(user=BOB)

        self.daemon.send_signal(signal.SIGHUP)

        self.assertIn("applied=turn.users", self.logged("config_reloaded"))
        for _ in range(8):
            self.client(OLD_PORT, BOB).allocate()

    def test_reports_failures_of_data_planes_with_a_remedy(self):
        self.write_config(ports=(OLD_PORT, NEW_PORT))
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as foreign:
            with contextlib.ExitStack() as held:
                for data_plane in held_thread.threads_of(self.daemon.pid)[1:]:
                    held.enter_context(held_thread.held(data_plane))
                self.daemon.send_signal(signal.SIGHUP)
                self.causeway("status")  # a later round of the control loop, after the port is free
                foreign.bind((ADDRESS, NEW_PORT))
            incomplete = self.logged("change_incomplete")
        for data_plane in (0, 1):
            self.assertRegex(incomplete, rf"data plane {data_plane}: .*{ADDRESS}:{NEW_PORT}.*; remove it, reload, and add it again")

        for ports in ((OLD_PORT,), (OLD_PORT, NEW_PORT)):
            self.write_config(ports=ports)
            self.assertEqual(self.causeway("reload")["failures"], [])
        for _ in range(8):
            self.client(NEW_PORT, ALICE).allocate()

    def test_names_settings_that_need_a_restart(self):
        changed = json.loads(self.config.read_text())
        changed["cores"] = 1
        changed["log"] = {"level": "debug"}
        self.config.write_text(json.dumps(changed))

        for _ in range(2):
            answer = self.causeway("reload")
            self.assertEqual(answer["need_restart"], ["cores"])
        self.assertEqual(answer["applied"], [])

    def test_applies_mobility_only_with_a_restart_to_one_data_plane(self):
        self.write_config(protocol={"mobility": True})
        self.config.write_text(json.dumps(json.loads(self.config.read_text()) | {"cores": 1}))

        answer = self.causeway("reload")

        self.assertEqual(answer["need_restart"], ["cores", "turn.protocol.mobility"])
        self.assertEqual(answer["applied"], [])

    def test_writes_usage_to_a_new_file_and_reopens_a_rotated_one(self):
        first, second = self.folder / "first.jsonl", self.folder / "second.jsonl"
        for to in (first, second):
            self.assertEqual(self.causeway_with({"usage_log": {"to": str(to)}})["need_restart"], [])
            self.allocate_and_release()
            self.assertEqual(self.users_of(to), ["alice"])
        first_before = first.read_text()
        second.rename(self.folder / "rotated.jsonl")
        self.causeway("reload")
        self.allocate_and_release()
        self.assertEqual(self.users_of(second), ["alice"])
        self.assertEqual(first.read_text(), first_before)

        refused = self.refused_with({"usage_log": {"to": str(self.folder / "nowhere" / "usage.jsonl")}})
        self.assertIn("usage_log.to", refused)

    def causeway_with(self, sections):
        self.add_sections(sections)
        return self.causeway("reload")

    def refused_with(self, sections):
        self.add_sections(sections)
        refused = self.run_causeway("reload")
        self.assertEqual(refused.returncode, 1)
        return refused.stderr

    def add_sections(self, sections):
        self.write_config()
        self.config.write_text(json.dumps(json.loads(self.config.read_text()) | sections))

    def allocate_and_release(self):
        client = self.client(OLD_PORT, ALICE)
        client.allocate()
        client.release()

    def users_of(self, usage, within_s=10.0):
        """Waits for lines."""
        deadline = time.monotonic() + within_s
        while not (usage.exists() and usage.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.1)
        return [json.loads(line)["user"] for line in usage.read_text().splitlines()]

    def logged(self, event, within_s=10.0):
        """Waits for the line and returns it."""
        deadline = time.monotonic() + within_s
        while True:
            lines = [line for line in self.log.read_text().splitlines() if f"event={event}" in line]
            if lines:
                return lines[-1]
            self.assertLess(time.monotonic(), deadline, event)
            time.sleep(0.05)

    def fleet(self, port, count, over_tls=0):
        sockets = [StreamSocket(self.tls()) for _ in range(over_tls)]
        fleet = Fleet(ADDRESS, (ADDRESS, port), ALICE, self.peer, count, sockets)
        self.addCleanup(fleet.close)
        return fleet

    def tls(self):
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        plain = socket.create_connection((ADDRESS, TLS_PORT), timeout=5)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return context.wrap_socket(plain, server_hostname=test_pki.SERVER_NAME)
        except BaseException:
            plain.close()
            raise

    def takes_dtls(self, port):
        """True when a handshake succeeds. Without DTLS on the port, no answer comes."""
        client = ["openssl", "s_client", "-dtls1_2", "-connect", f"{ADDRESS}:{port}"]
        try:
            return subprocess.run(client, stdin=subprocess.DEVNULL, capture_output=True, timeout=2, check=False).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def renew_certificate(self, common_name):
        test_pki.issue(self.pki, [ADDRESS], common_name)

    def certificate_end(self):
        """The value in /metrics."""
        with contextlib.closing(http.client.HTTPConnection(MONITORING, timeout=10)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        return float(re.search(r"^causeway_tls_certificate_not_after_seconds (\S+)$", text, re.MULTILINE)[1])

    def shown_name(self):
        """The common name in the certificate of a new connection."""
        with self.tls() as stream:
            return dict(pair for entry in stream.getpeercert()["subject"] for pair in entry)["commonName"]

    def shown_name_once_it_is(self, name):
        deadline = time.monotonic() + SEEN_WITHIN_S
        while (shown := self.shown_name()) != name and time.monotonic() < deadline:
            time.sleep(0.1)
        return shown

    def client(self, port, credentials):
        unbound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(unbound.close)
        return TurnClient(unbound, (ADDRESS, port), *credentials)

    def closes(self, port, within_s=5.0):
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
                try:
                    probe.bind((ADDRESS, port))
                    return True
                except OSError:
                    time.sleep(0.1)
        return False

    def causeway(self, *arguments):
        done = self.run_causeway(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def run_causeway(self, *arguments):
        command = [programs.find("causeway"), *arguments, "--socket", self.admin, "--json"]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


if __name__ == "__main__":
    unittest.main(verbosity=2)
