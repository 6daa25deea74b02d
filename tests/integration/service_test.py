#!/usr/bin/env python3
"""The daemon under a service manager: its notices, and the systemd unit that ships."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import held_thread
import network_namespace
from notify_socket import NotifySocket
from turn_client import TurnClient

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from lib.process import programs  # noqa: E402

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"
UNIT, MORE_RIGHTS = CONF / "causewayd.service", CONF / "steered-ports.conf"
ADDRESS, PEER = "11.79.11.1", "11.79.11.2"
PORT = 3478
STARTED_WITHIN_S = 30.0
EACH_SECOND_S = 3.0  # on a machine with other work
STALLED_AFTER_S = 10.0
ENDED_WITHIN_S = 30.0
BINDING_REQUEST = bytes.fromhex("000100002112a442") + b"causeway-tst"


class NoticesTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-service-")))
        self.namespace = self.enterContext(network_namespace.lone_namespace("service", [f"{ADDRESS}/32"]))
        self.notices = NotifySocket(self.folder)
        self.addCleanup(self.notices.close)
        self.config = self.folder / "node.yaml"
        self.log = self.folder / "log"
        self.write_config()
        self.daemon = self.started()

    def write_config(self, **turn):
        self.config.write_text(json.dumps({
            "turn": {"listen": f"{ADDRESS}:{PORT}", "rest_secrets": ["integration-test-secret"], **turn},
            "admin": {"socket": str(self.folder / "admin.sock")},
            "cores": 2,
        }))

    def started(self):
        command = network_namespace.command_in(self.namespace, programs.find("causewayd"), "--config", self.config)
        with open(self.log, "ab") as log, self.notices.in_environment():
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.kill)
        return daemon

    def assert_notice(self, name, within_s):
        notice = self.notices.wait_for(name, within_s)
        self.assertIsNotNone(notice, f"no {name} within {within_s} s:\n{self.log.read_text()}")
        return notice

    def assert_ready(self):
        self.assertEqual(self.assert_notice("READY", STARTED_WITHIN_S)["READY"], "1")

    def test_is_ready_once_it_answers_clients_and_operators(self):
        self.assert_ready()

        with network_namespace.entered(self.namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(STARTED_WITHIN_S)
            client.sendto(BINDING_REQUEST, (ADDRESS, PORT))
            self.assertEqual(client.recv(1000)[:2], b"\x01\x01")
        status = subprocess.run([programs.find("causeway"), "status", "--socket", self.folder / "admin.sock"], capture_output=True, check=False)
        self.assertEqual(status.returncode, 0, status.stderr)

    def test_is_never_ready_when_it_cannot_start(self):
        self.assert_ready()

        second = self.started()

        self.assertEqual(second.wait(timeout=ENDED_WITHIN_S), 1)
        self.assertIsNone(self.notices.wait_for("READY", 1.0))

    def test_reports_every_second_that_it_lives(self):
        self.assert_ready()

        for _ in range(3):
            self.assertEqual(self.assert_notice("WATCHDOG", EACH_SECOND_S)["WATCHDOG"], "1")

    def test_is_silent_while_one_data_plane_stalls(self):
        self.assert_ready()
        _, _, last_data_plane = held_thread.threads_of(self.daemon.pid)

        with held_thread.held(last_data_plane):
            self.assert_logged("event=data_plane_stalled data_plane=1", STALLED_AFTER_S + 5)
            self.assertTrue(self.notices.is_silent(for_s=EACH_SECOND_S))

        self.assert_notice("WATCHDOG", EACH_SECOND_S)
        self.assert_logged("event=data_planes_resumed", EACH_SECOND_S)

    def test_is_silent_while_the_control_loop_stalls(self):
        self.assert_ready()

        with held_thread.held(self.daemon.pid):
            self.assertTrue(self.notices.is_silent(for_s=EACH_SECOND_S))

        self.assert_notice("WATCHDOG", EACH_SECOND_S)

    def test_is_reloading_until_the_change_is_applied_or_refused(self):
        self.assert_ready()
        for realm in ("example.org", "not a list: [", "example.net"):
            self.write_config(realm=realm)
            if "[" in realm:
                self.config.write_text(realm)
            asked_at_us = time.monotonic_ns() // 1000

            self.daemon.send_signal(signal.SIGHUP)

            notice = self.assert_notice("RELOADING", STARTED_WITHIN_S)
            self.assertGreaterEqual(int(notice["MONOTONIC_USEC"]), asked_at_us)
            self.assert_ready()

    def test_is_stopping_before_it_ends(self):
        self.assert_ready()

        self.daemon.terminate()

        self.assert_notice("STOPPING", ENDED_WITHIN_S)
        self.assertEqual(self.daemon.wait(timeout=ENDED_WITHIN_S), 0)

    def assert_logged(self, text, within_s):
        deadline = time.monotonic() + within_s
        while text not in self.log.read_text():
            self.assertLess(time.monotonic(), deadline, self.log.read_text())
            time.sleep(0.1)


class UnitTest(unittest.TestCase):
    """`systemd-analyze` needs no running systemd."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-unit-")))

    def with_more_rights(self):
        unit = self.folder / "causewayd.service"
        service, install = UNIT.read_text().split("[Install]")
        unit.write_text(service + MORE_RIGHTS.read_text() + "[Install]" + install)
        return unit

    def test_exposes_little(self):
        for unit in (UNIT, self.with_more_rights()):
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
                                  capture_output=True, text=True, check=False)

            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
            self.assertLessEqual(float(exposure.group(1)), 2.0, done.stdout)

    def test_has_no_word_that_systemd_does_not_know(self):
        for unit in (UNIT, self.with_more_rights()):
            checked = self.folder / "checked.service"
            checked.write_text(unit.read_text().replace("/usr/bin/", f"{programs.find('causewayd').parent}/"))

            done = subprocess.run(["systemd-analyze", "verify", "--man=no", checked], capture_output=True, text=True, check=False)

            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_allows_every_system_call_that_the_daemon_makes(self):
        allowed = allowed_system_calls(UNIT.read_text())
        self.assertNotIn("mount", allowed)
        self.assertNotIn("bpf", allowed)
        for unit, relay_ports in ((UNIT, "sockets"), (self.with_more_rights(), "steered")):
            with self.subTest(relay_ports=relay_ports):
                made = self.system_calls_of_a_life(relay_ports)

                self.assertEqual(made - allowed_system_calls(unit.read_text()), set())

    def system_calls_of_a_life(self, relay_ports):
        """Start, an allocation that relays, a reload, stop."""
        notices = NotifySocket(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-unit-"))))
        self.addCleanup(notices.close)
        config, trace = notices.path.with_name("node.yaml"), notices.path.with_name("trace")
        config.write_text(json.dumps({
            "turn": {"listen": f"{ADDRESS}:{PORT}", "users": [{"name": "alice", "password": "correct-horse"}],
                     "peers": {"allow": [f"{PEER}/32"]}},
            "packet_io": {"relay_ports": relay_ports},
            "metrics": {"listen": f"{ADDRESS}:9641"},
            "usage_log": {"to": str(notices.path.with_name("usage.jsonl"))},
            "admin": {"socket": str(notices.path.with_name("admin.sock"))},
        }))
        with network_namespace.lone_namespace("calls", [f"{ADDRESS}/32", f"{PEER}/32"]) as namespace, network_namespace.entered(namespace):
            with notices.in_environment():
                tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, programs.find("causewayd"), "--config", config],
                                          stderr=subprocess.PIPE)
            self.addCleanup(tracer.stderr.close)
            self.addCleanup(tracer.kill)
            self.assertIsNotNone(notices.wait_for("READY", STARTED_WITHIN_S))
            daemon = int(trace.read_text().split(maxsplit=1)[0])
            relay_a_packet()
            for signal_number, notice in ((signal.SIGHUP, "RELOADING"), (signal.SIGTERM, "STOPPING")):
                subprocess.run(["kill", f"-{signal_number}", str(daemon)], check=True)
                self.assertIsNotNone(notices.wait_for(notice, STARTED_WITHIN_S))
            self.assertEqual(tracer.wait(timeout=ENDED_WITHIN_S), 0)
        made = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
        self.assertEqual("bpf" in made, relay_ports == "steered")
        return made - {"execve"}  # systemd's own


def relay_a_packet():
    """To a peer and back."""
    with (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to_server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer):
        peer.bind((PEER, 0))
        peer.settimeout(STARTED_WITHIN_S)
        client = TurnClient(to_server, (ADDRESS, PORT), "alice", "correct-horse")
        client.allocate()
        client.permit(peer.getsockname())
        client.send_indication(peer.getsockname(), b"there")
        _, relayed = peer.recvfrom(100)
        peer.sendto(b"back", relayed)
        if client.receive(STARTED_WITHIN_S) != b"back":
            raise AssertionError("the node does not relay")
        client.release()


def allowed_system_calls(unit):
    allowed = set()
    for names in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set().union(*(expanded(name) for name in names.lstrip("~").split()))
        allowed = allowed - named if names.startswith("~") else allowed | named
    return allowed


def expanded(name):
    """A system call stands for itself, a group for those that systemd has in it."""
    if not name.startswith("@"):
        return {name}
    listing = subprocess.run(["systemd-analyze", "syscall-filter", name], check=True, capture_output=True, text=True).stdout
    words = [line.strip() for line in listing.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(expanded(word) for word in words))


if __name__ == "__main__":
    unittest.main(verbosity=2)
