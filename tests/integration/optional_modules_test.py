#!/usr/bin/env python3
"""Optional modules (RFC 5780 and RFC 8016, off by default), tested with coturn's unmodified tools."""

import subprocess
import unittest

from edge_and_clients import PASSWORD, SIBLING_V4, TURN_PORT, USER, V4, edge_and_clients

OTHER_PORT = TURN_PORT + 1


class OptionalModulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        listen = [f"{V4}:{TURN_PORT}", f"{V4}:{OTHER_PORT}"]
        listeners = [{"address": f"{SIBLING_V4}:{TURN_PORT}", "transports": ["udp", "dtls"]},
                     {"address": f"{SIBLING_V4}:{OTHER_PORT}", "transports": ["udp"]}]
        protocol = {"nat_discovery": True, "mobility": True}
        cls.net = cls.enterClassContext(edge_and_clients(listen=listen, listeners=listeners, protocol=protocol))

    def test_detects_the_mapping_and_filtering_of_a_nat(self):
        said = self.run_in_client("turnutils_natdiscovery", "-m", "-f", "-H", V4)

        self.assertIn("NAT with Endpoint Independent Mapping!", said)
        self.assertIn("NAT with Endpoint Independent Filtering!", said)

    def test_answers_from_the_other_address_and_port(self):
        said = self.run_in_client("turnutils_stunclient", "-p", TURN_PORT, V4)

        self.assertIn(f"Other addr: : {SIBLING_V4}:{OTHER_PORT}", said)
        self.assertIn(f"Response origin: : {SIBLING_V4}:{OTHER_PORT}", said)
        self.assertNotIn("error", said)  # its last request asks for 1,500 bytes of padding

    def test_allocations_follow_a_client_that_moves(self):
        said = self.run_in_client("turnutils_uclient", "-M", "-u", USER, "-w", PASSWORD, "-p", TURN_PORT, "-n", 20, "-y", "-c", V4)

        self.assertIn("Total lost packets 0 (0.000000%), total send dropped 0 (0.000000%)", said)

    def run_in_client(self, *command):
        done = subprocess.run(self.net.in_client("a", *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout


if __name__ == "__main__":
    unittest.main(verbosity=2)
