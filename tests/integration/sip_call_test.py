#!/usr/bin/env python3
"""Two unmodified baresips (SIP phones with the TURN client of libre) hear each other through one edge."""

import json
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import lone_edge
from lone_edge import PASSWORD, PEER_V4, TURN_PORT, USER, V4
from network_namespace import command_in

MODULES = "/usr/lib/baresip/modules"
CALLER_PORT, CALLEE_PORT = 5060, 5062
PACKETS_PER_S = 50  # Opus, 20 ms each
HEARD_WITHIN_S = 60.0  # on a busy machine
CONFIG = """
net_interface {host}
sip_listen {host}:{port}
audio_source ausine,440
audio_player aufile,/dev/null
audio_alert aufile,/dev/null
module_path {modules}
module opus.so
module ausine.so
module aufile.so
module turn.so
module_tmp account.so
module_app menu.so
"""
ACCOUNT = ("<sip:{name}@{host}:{port}>;regint=0;answermode=auto;audio_codecs=opus/48000/2;"
           "medianat=turn;stunserver=turn:{server}:{server_port};stunuser={user};stunpass={password}\n")


class SipCallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="causeway-sip-")))
        cls.usage = cls.folder / "usage.jsonl"
        cls.namespace = cls.enterClassContext(lone_edge.lone_edge(usage_log={"to": str(cls.usage)}))

    def test_two_phones_hear_each_other(self):
        callee = self.phone("callee", CALLEE_PORT)
        caller = self.phone("caller", CALLER_PORT, "-e", f"/dial sip:callee@{PEER_V4}:{CALLEE_PORT}")

        heard_from = [self.relayed_source(phone) for phone in (caller, callee)]
        for phone in (caller, callee):
            self.wait_for(phone, r"audio=[1-9]\d*/[1-9]\d* \(bit/s\)")
        for phone in (caller, callee):
            self.hang_up(phone)

        used = {record["relayed"]: record for record in self.usage_records(count=4)}
        for source in heard_from:
            self.assertIn(source, used)
            self.assertEqual((used[source]["user"], used[source]["end"]), (USER, "by_client"))
            self.assertGreater(used[source]["packets_to_peer"], PACKETS_PER_S)
            self.assertGreater(used[source]["packets_to_client"], PACKETS_PER_S)

    def phone(self, name, port, *options):
        home = self.folder / name
        home.mkdir()
        (home / "config").write_text(CONFIG.format(host=PEER_V4, port=port, modules=MODULES))
        (home / "accounts").write_text(ACCOUNT.format(name=name, host=PEER_V4, port=port, server=V4, server_port=TURN_PORT,
                                                      user=USER, password=PASSWORD))
        log = home / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen(command_in(self.namespace, "baresip", "-f", home, *options),
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        process.log = log
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(process, "baresip is ready")
        return process

    def wait_for(self, phone, pattern):
        deadline = time.monotonic() + HEARD_WITHIN_S
        while not (found := re.search(pattern, phone.log.read_text(errors="replace"))):
            said = phone.log.read_text(errors="replace")[-3000:]
            self.assertLess(time.monotonic(), deadline, f"no {pattern} in:\n{said}")
            self.assertIsNone(phone.poll(), said)
            time.sleep(0.1)
        return found

    def relayed_source(self, phone):
        """The source of the phone's incoming media. On the edge's address it is the other phone's allocation."""
        source = self.wait_for(phone, r"incoming rtp for 'audio' established, receiving from (\S+)")[1]
        self.assertEqual(source.rpartition(":")[0], V4)
        return source

    def hang_up(self, phone):
        phone.terminate()
        self.assertEqual(phone.wait(timeout=30), 0)

    def usage_records(self, count):
        deadline = time.monotonic() + HEARD_WITHIN_S
        while len(lines := self.usage.read_text().splitlines()) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(len(lines), count, lines)
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    unittest.main(verbosity=2)
