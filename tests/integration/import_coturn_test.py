#!/usr/bin/env python3
"""`causeway import-coturn` handles every option of Debian's coturn, and `causewayd` accepts the configuration that it writes."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import test_pki

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from lib.process import programs  # noqa: E402

DEBIANS = pathlib.Path("/etc/turnserver.conf")
# Options of the command line only.
NOT_IN_A_FILE = {"help", "version"}
# Example values that no administrator uses: one-word secrets, and names of nothing.
EXAMPLES = {"static-auth-secret", "user"}

WIDE = """
listening-ip=192.0.2.10
listening-ip=192.0.2.11
listening-ip=2001:db8::10
relay-ip=192.0.2.10
relay-ip=2001:db8::10
listening-port=3478
tls-listening-port=443
alt-listening-port=3479
rfc5780
tcp-proxy-port=5555
min-port=50000
max-port=59999
use-auth-secret
static-auth-secret=a-long-shared-secret
static-auth-secret=the-next-shared-secret
user=alice:wonderland
realm=example.org
user-quota=20
total-quota=5000
max-bps=1000000
bps-capacity=100000000
max-allocate-lifetime=1800
mobility
relay-threads=4
alternate-server=192.0.2.20
alternate-server=192.0.2.10:3478
alternate-server=[2001:db8::20]:3478
tls-alternate-server=192.0.2.20:443
denied-peer-ip=203.0.113.0-203.0.113.63
allowed-peer-ip=10.1.2.3
cert=CERTIFICATE
pkey=KEY
prometheus
prometheus-port=9700
no-multicast-peers
no-software-attribute
stale-nonce=600
verbose
"""


class ImportCoturnTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-import-")))

    def test_knows_every_option_of_the_file_that_debian_ships(self):
        lines = re.findall(r"^#?([A-Za-z][\w-]*(?:=.*)?)$", DEBIANS.read_text(), re.MULTILINE)
        self.assertGreater(len(lines), 100)

        findings = self.imported(lines)

        self.assertEqual({finding["line"] for finding in findings} - {0}, set(range(1, len(lines) + 1)))
        for finding in findings:
            self.assertNotEqual(finding["outcome"], "unknown", finding)
            if finding["outcome"] == "malformed":
                self.assertIn(finding["setting"], EXAMPLES, finding)
            if finding["outcome"] not in ("translated", "unknown"):
                self.assertTrue(finding["why"], finding)

    def test_knows_every_option_of_the_command_line_too(self):
        usage = subprocess.run(["turnserver", "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
        options = sorted(set(re.findall(r"^\s+(?:-\w, )?--([A-Za-z][\w-]+)", usage, re.MULTILINE)) - NOT_IN_A_FILE)
        self.assertGreater(len(options), 90)

        unknown = [finding["setting"] for finding in self.imported(options) if finding["outcome"] == "unknown"]

        self.assertEqual(unknown, [])

    def test_writes_a_configuration_that_the_daemon_accepts(self):
        pki = test_pki.make(self.folder / "pki", ["192.0.2.10"])
        coturns = WIDE.replace("CERTIFICATE", str(pki.certificate)).replace("KEY", str(pki.key))
        (self.folder / "turnserver.conf").write_text(coturns)
        written = self.folder / "node.yaml"

        said = self.run_program("causeway", "import-coturn", self.folder / "turnserver.conf", "-o", written)
        checked = self.run_program("causewayd", "--config", written, "--check-config")

        self.assertIn("turn.tcp_relay: {enabled: true}", said)
        self.assertIn("the configuration is complete", checked)
        self.assertIn("write the same nonce_keys", checked)
        printed = self.run_program("causewayd", "--config", written, "--print-config")
        for line in ("bandwidth_per_allocation: 8Mbit", "nat_discovery: true", "mobility: true", "192.0.2.20:3478", "192.0.2.20:443", "192.0.2.11:3479",
                     "default_address_family: ipv4"):
            self.assertIn(line, printed)

    def imported(self, lines):
        """The outcome of each line. All lines together may not form a valid configuration."""
        (self.folder / "all.conf").write_text("\n".join(lines) + "\n")
        command = [programs.find("causeway"), "import-coturn", self.folder / "all.conf", "--address", "192.0.2.10", "--json"]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        return json.loads(done.stdout)["settings"]

    def run_program(self, name, *arguments):
        done = subprocess.run([str(word) for word in (programs.find(name), *arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout


if __name__ == "__main__":
    unittest.main(verbosity=2)
