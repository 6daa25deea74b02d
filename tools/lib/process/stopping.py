"""Turns Ctrl-C, SIGTERM and SIGHUP into KeyboardInterrupt, so that a program cleans up."""

import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STATUS = 130  # exit status of a stopped program


def by_interrupt() -> None:
    """The first of these signals raises KeyboardInterrupt. Later ones are ignored, so that they cannot interrupt the clean-up."""
    for number in STOPS:
        signal.signal(number, _interrupt)


def _interrupt(*_) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
