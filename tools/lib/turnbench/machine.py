"""Describes the machine of a measurement. The speed of a virtual machine's core drifts, so each run also measures its core."""

import contextlib
import hashlib
import os
import platform
import subprocess
import time
from pathlib import Path

_BLOCK = bytes(1 << 20)
_BLOCKS = 8
_NAP_S = 1e-4
_NAPS = 2000


def describe() -> dict:
    return {"cpu": _cpu_model(), "cores": os.cpu_count(), "kernel": platform.release(), "system": _system(),
            "commit": _commit()}


def _commit() -> str | None:
    """The commit of this tree, with "-dirty" after uncommitted changes. None outside of git."""
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
        return done.stdout.strip() or None
    return None


def cores() -> set[int]:
    return os.sched_getaffinity(0)


def core_speed(core: int) -> float:
    """MB/s of SHA-256 on that core, in CPU time: other tasks do not change it, the host's clock does."""
    home = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        began = time.thread_time()
        for _ in range(_BLOCKS):
            hashlib.sha256(_BLOCK).digest()
        return _BLOCKS * len(_BLOCK) / 1e6 / (time.thread_time() - began)
    finally:
        os.sched_setaffinity(0, home)


def wake_up_us(core: int) -> float:
    """CPU time in us of one timer wake-up on that core. The host of a virtual machine adds its part. The value bounds the gain of a
    server that wakes up less often."""
    home = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        began = time.thread_time()
        for _ in range(_NAPS):
            time.sleep(_NAP_S)
        return (time.thread_time() - began) / _NAPS * 1e6
    finally:
        os.sched_setaffinity(0, home)


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _system() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.split("=", 1)[1].strip('"')
    return platform.system()
