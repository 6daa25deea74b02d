"""Runs a command and ends its whole process group when this program is stopped: the signal may have reached only this program."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from .processes import signals_held

ENDS_WITHIN_S = 15.0  # tests delete their network namespaces in this time


@contextlib.contextmanager
def running(command, **options):
    """Yields the command's Popen. The command has its own session, so that it gets a Ctrl-C from this program only, and once."""
    leader = None
    try:
        with signals_held():
            leader = subprocess.Popen(command, start_new_session=True, **options)
        yield leader
    except BaseException:
        if leader is not None:
            end(leader.pid)
        raise
    finally:
        if leader is not None:
            leader.wait()
            if leader.stdout is not None:
                leader.stdout.close()


def end(group):
    """Sends SIGINT, as Ctrl-C does, then SIGKILL to the remaining processes."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
        deadline = time.monotonic() + ENDS_WITHIN_S
        while _has_members(group) and time.monotonic() < deadline:
            time.sleep(0.02)


def _has_members(group):
    """Counts running processes only: a zombie may wait long for its adoptive parent."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, of_group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(of_group) == group and state not in "ZX":
                return True
    return False
