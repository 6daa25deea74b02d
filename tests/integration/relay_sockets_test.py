#!/usr/bin/env python3
"""Repeats turnutils_test.py with a socket for each relay port, as on hosts where the edge may not steer relay ports."""

import unittest

import turnutils_test


class RelaySocketsTest(turnutils_test.TurnutilsTest):
    SECTIONS = {"packet_io": {"relay_ports": "sockets"}}


if __name__ == "__main__":
    unittest.main(verbosity=2)
