"""Network namespaces of a test, with unique names. They are deleted after success and failure."""

import atexit
import contextlib
import ctypes
import functools
import os
import pathlib
import signal
import subprocess
import time

ENDED_WITHIN_S = 10.0
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def ip(*arguments):
    """Runs ip(8). Returns its output."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()} (these tests need root)")
    return done.stdout


@contextlib.contextmanager
def lone_namespace(purpose, addresses):
    """Creates a namespace without a route to other hosts. The addresses are on its loopback device. Yields its name."""
    name = f"cwt-{purpose}-{os.getpid()}"
    remove = functools.partial(_remove, name)
    ip("netns", "add", name)
    atexit.register(remove)  # unittest does not close its contexts after an interruption
    try:
        ip("-netns", name, "link", "set", "lo", "up")
        for address in addresses:
            ip("-netns", name, "addr", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
        yield name
    finally:
        atexit.unregister(remove)
        remove()


def _remove(name):
    end_all_in(name)
    ip("netns", "del", name)


def end_all_in(name):
    """Kills all processes in the namespace. A browser whose driver was killed would disturb later tests and would write to folders that
    are being deleted."""
    deadline = time.monotonic() + ENDED_WITHIN_S
    while left := set(map(int, ip("netns", "pids", name).split())) - {os.getpid()}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes that cannot be killed in {name}: {left}")
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


@contextlib.contextmanager
def entered(name):
    """Moves this thread into the namespace. Sockets that it opens stay in the namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(pathlib.Path("/run/netns") / name, os.O_RDONLY)
    leave = functools.partial(_move_to, home)
    atexit.register(leave)
    try:
        _move_to(there)
        yield
    finally:
        atexit.unregister(leave)
        leave()
        os.close(there)
        os.close(home)


def _move_to(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: these tests need root")


def command_in(name, *command):
    return ["ip", "netns", "exec", name, *map(str, command)]
