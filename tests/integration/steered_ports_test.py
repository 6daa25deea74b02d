#!/usr/bin/env python3
"""What turnutils_test.py asks of an edge, of one whose relay ports share a socket."""

import unittest

import turnutils_test


class SteeredPortsTest(turnutils_test.TurnutilsTest):
    SECTIONS = {"packet_io": {"relay_ports": "steered"}}


if __name__ == "__main__":
    unittest.main(verbosity=2)
