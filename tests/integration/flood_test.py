#!/usr/bin/env python3
"""A short flood of spoofed Allocates, and clients that come and go: memory must not grow, and other clients must lose no packets.

tools/soak runs the same for half an hour, and tools/soak --flood at full rate.
"""

import itertools
import unittest

import edge_under_churn
import edge_under_flood
import memory_slope
from attempts import Outcome, until_in_time

ALLOCATIONS = 200
COME_AND_GO_S = 12
COME_AND_GONE = 30_000


class FloodTest(unittest.TestCase):
    def test_keeps_no_state_for_spoofed_allocates(self):
        result = edge_under_flood.flood(rate=20_000, seconds=3.0, say=print)

        self.assertEqual(result["complaints"], [])
        self.assertGreater(result["causewayd"]["flood"]["sent"], 1_000)

    def test_serves_clients_that_come_and_go(self):
        until_in_time(self.let_clients_come_and_go)

    def let_clients_come_and_go(self):
        result = edge_under_churn.soak(COME_AND_GO_S / 60, ALLOCATIONS, life_s=3.0, say=print)

        clients = result["clients"]
        self.assertEqual(clients["failed"], 0, clients["failures"])
        self.assertGreater(clients["allocated"], ALLOCATIONS)
        self.assertGreater(clients["vanished"], 0)
        self.assertEqual(clients["live"], 0)
        return Outcome(result, faults=result["faults"], late=result["late"])

    def test_keeps_nothing_of_an_allocation_that_has_ended(self):
        result = memory_slope.of_ended_allocations(COME_AND_GONE, say=print)

        clients = result["clients"]
        self.assertEqual(clients["failed"], 0, clients["failures"])
        self.assertLess(result["bytes_left"], memory_slope.MOST_LEFT_BYTES)


class SlopeTest(unittest.TestCase):
    """The gate itself, with samples as the kernel would give them."""

    @staticmethod
    def samples(left_bytes, steps=()):
        """One second apart, 1,000 allocations each; `steps` says how many bytes a table grew, by second."""
        grown = itertools.accumulate(dict(steps).get(second, 0) for second in range(20))
        return [memory_slope.Sample(1000 * second, (20_000_000 + 1000 * second * left_bytes + more) // 4096 * 4096)
                for second, more in enumerate(grown)]

    def test_finds_a_leak_of_100_bytes(self):
        self.assertGreater(memory_slope.slope(self.samples(100)), memory_slope.MOST_LEFT_BYTES)

    def test_finds_no_leak_where_memory_is_steady(self):
        self.assertEqual(memory_slope.slope(self.samples(0)), 0)

    def test_is_not_misled_by_a_table_that_grows_once(self):
        steps = [(3, 200_000)]

        self.assertLess(memory_slope.slope(self.samples(0, steps)), memory_slope.MOST_LEFT_BYTES)
        self.assertGreater(memory_slope.slope(self.samples(100, steps)), memory_slope.MOST_LEFT_BYTES)


if __name__ == "__main__":
    unittest.main(verbosity=2)
