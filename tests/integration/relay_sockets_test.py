#!/usr/bin/env python3
"""What turnutils_test.py asks of an edge, of one that has a socket for each relay port, as where it may not steer them."""

import unittest

import turnutils_test


class RelaySocketsTest(turnutils_test.TurnutilsTest):
    SECTIONS = {"packet_io": {"relay_ports": "sockets"}}


if __name__ == "__main__":
    unittest.main(verbosity=2)
