"""Network namespaces of a test: made under a name of its own, and removed whatever happens."""

import contextlib
import ctypes
import os
import pathlib
import subprocess

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {done.stderr.strip()} (these tests need root)")


@contextlib.contextmanager
def lone_namespace(purpose, addresses):
    """A namespace without a way out; the addresses are on its loopback device. Yields its name."""
    name = f"cwt-{purpose}-{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("-netns", name, "link", "set", "lo", "up")
        for address in addresses:
            ip("-netns", name, "addr", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
        yield name
    finally:
        ip("netns", "del", name)


@contextlib.contextmanager
def entered(name):
    """This thread is in the namespace; sockets made here stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(pathlib.Path("/run/netns") / name, os.O_RDONLY)
    try:
        _move_to(there)
        yield
    finally:
        _move_to(home)
        os.close(there)
        os.close(home)


def _move_to(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: these tests need root")


def command_in(name, *command):
    return ["ip", "netns", "exec", name, *map(str, command)]
