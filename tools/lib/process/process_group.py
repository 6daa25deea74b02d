"""A command and all that it starts, ended as one when we are stopped: a signal may have reached nobody but us."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from .processes import signals_held

ENDS_WITHIN_S = 15.0  # tests remove their network namespaces meanwhile


@contextlib.contextmanager
def running(command, **options):
    """Yields the command's Popen. It has a session of its own, so that a Ctrl-C is told to it by us alone, and once."""
    leader = None
    try:
        with signals_held():
            leader = subprocess.Popen(command, start_new_session=True, **options)
        yield leader
    except BaseException:
        if leader is not None:
            _end(leader.pid)
        raise
    finally:
        if leader is not None:
            leader.wait()
            if leader.stdout is not None:
                leader.stdout.close()


def _end(group):
    """As Ctrl-C in a terminal does, and by force those that are left."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while _has_members(group) and time.monotonic() < deadline:
            time.sleep(0.02)


def _has_members(group):
    """Living ones: what ended may wait long for whoever adopted it to notice."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, of_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(of_group) == group and state not in "ZX":
                return True
    return False
