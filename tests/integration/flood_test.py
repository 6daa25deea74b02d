#!/usr/bin/env python3
"""A short flood of spoofed Allocates, and clients that come and go: memory must not grow, and other clients must lose no packets.

tools/soak runs the same for half an hour, and tools/soak --flood at full rate.
"""

import unittest

import edge_under_flood
import edge_under_churn

ALLOCATIONS = 200
COME_AND_GO_S = 12


class FloodTest(unittest.TestCase):
    def test_keeps_no_state_for_spoofed_allocates(self):
        result = edge_under_flood.flood(rate=20_000, seconds=3.0, say=print)

        self.assertEqual(result["complaints"], [])
        self.assertGreater(result["causewayd"]["flood"]["sent"], 1_000)

    def test_serves_clients_that_come_and_go(self):
        result = edge_under_churn.soak(COME_AND_GO_S / 60, ALLOCATIONS, life_s=3.0, say=print)

        clients = result["clients"]
        self.assertEqual(clients["failed"], 0, clients["failures"])
        self.assertGreater(clients["allocated"], ALLOCATIONS)
        self.assertGreater(clients["vanished"], 0)
        self.assertEqual(clients["live"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
