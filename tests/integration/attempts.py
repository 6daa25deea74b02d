"""Repeats a run whose timing a stalled machine may spoil. Prints each attempt.

A fault of function fails at once, whatever other attempts show. Only a run that was late is repeated.
"""

from dataclasses import dataclass, field

ATTEMPTS = 3


@dataclass(frozen=True)
class Outcome:
    """One run: what it measured, what did not work, and what came too late."""

    measured: object
    faults: list = field(default_factory=list)
    late: list = field(default_factory=list)


def until_in_time(run, attempts=ATTEMPTS, say=print):
    """Calls run() until an outcome has nothing late. Returns what that run measured; raises AssertionError without such a run."""
    outcome = last_outcome(run, attempts, say)
    if outcome.faults:
        raise AssertionError("; ".join(outcome.faults))
    if outcome.late:
        raise AssertionError(f"late in each of {attempts} attempts: " + "; ".join(outcome.late))
    return outcome.measured


def last_outcome(run, attempts=ATTEMPTS, say=print):
    """The first outcome that has a fault or has nothing late, or else the last one."""
    for attempt in range(1, attempts + 1):
        outcome = run()
        say(f"attempt {attempt} of {attempts}: {_verdict(outcome)}")
        if outcome.faults or not outcome.late:
            break
    return outcome


def _verdict(outcome):
    complaints = [f"FAULT: {fault}" for fault in outcome.faults] + [f"late: {late}" for late in outcome.late]
    return "; ".join(complaints) or "passed"
