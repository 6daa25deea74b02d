#!/usr/bin/env python3
"""A fault of function fails a test though another attempt would pass; a late run alone is repeated, and each attempt is printed."""

import unittest

from attempts import Outcome, until_in_time

GOOD, LATE, FAULTY = Outcome("good"), Outcome("late", late=["400 ms"]), Outcome("bad", faults=["a client failed"], late=["400 ms"])


class AttemptsTest(unittest.TestCase):
    def setUp(self):
        self.said = []

    def run_through(self, *outcomes):
        waiting = list(outcomes)
        try:
            return until_in_time(lambda: waiting.pop(0), say=self.said.append)
        finally:
            self.left = len(waiting)

    def test_a_late_run_is_repeated_and_each_attempt_is_printed(self):
        self.assertEqual(self.run_through(LATE, GOOD), "good")

        self.assertEqual(self.said, ["attempt 1 of 3: late: 400 ms", "attempt 2 of 3: passed"])

    def test_a_fault_is_not_forgiven_by_a_later_attempt(self):
        with self.assertRaisesRegex(AssertionError, "a client failed"):
            self.run_through(LATE, FAULTY, GOOD)

        self.assertEqual(self.left, 1)
        self.assertEqual(self.said[1], "attempt 2 of 3: FAULT: a client failed; late: 400 ms")

    def test_a_run_that_is_late_each_time_fails(self):
        with self.assertRaisesRegex(AssertionError, "late in each of 3 attempts: 400 ms"):
            self.run_through(LATE, LATE, LATE, GOOD)

        self.assertEqual(self.left, 1)


if __name__ == "__main__":
    unittest.main()
