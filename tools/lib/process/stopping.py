"""Ctrl-C, SIGTERM and SIGHUP stop a program in one way: by an exception, so that what it made is removed."""

import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STATUS = 130  # of a program that was stopped


def by_interrupt() -> None:
    """From now on each of them raises KeyboardInterrupt; once, for nothing is to interrupt the cleaning up."""
    for number in STOPS:
        signal.signal(number, _interrupt)


def _interrupt(*_) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
