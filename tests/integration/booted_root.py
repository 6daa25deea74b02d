"""A Debian in a folder with systemd running in it, in namespaces of its own: as on a machine, without a container engine."""

import contextlib
import os
import pathlib
import subprocess
import time

import debian_root
import network_namespace

BOOTED_WITHIN_S = 60.0
# systemd wants /run, /tmp and the tree of control groups to itself; bound onto itself, the folder is a mount point.
BOOT = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
mount -t sysfs sysfs "$1/sys"
mount -t tmpfs tmpfs "$1/sys/fs/cgroup"
mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
exec env -i container=other PATH=/usr/sbin:/usr/bin chroot "$1" /lib/systemd/systemd --unit=multi-user.target --log-target=journal
"""


class BootedRoot:
    def __init__(self, root, init):
        self.root = root
        self._init = init

    def run(self, *command, check=True):
        """Next to systemd. Returns the CompletedProcess; both outputs are in stdout."""
        words = ["nsenter", f"--target={self._init}", "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--root", "--wd",
                 "env", "-i", *(f"{name}={value}" for name, value in debian_root.ENVIRONMENT.items()), *map(str, command)]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=debian_root.INSTALLED_WITHIN_S, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))} exits with {done.returncode}:\n{done.stdout[-4000:]}")
        return done

    def property_of(self, unit, name):
        return self.run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()


@contextlib.contextmanager
def booted(root, namespace):
    """`namespace`: of the network. Everything ends with the block."""
    command = network_namespace.command_in(namespace, "unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child",
                                           "sh", "-c", BOOT, "sh", root)
    with open(root.with_name("boot.log"), "w", encoding="utf-8") as log:
        machine = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    try:
        yield _when_booted(root, machine)
    finally:
        machine.kill()
        machine.wait()


def _when_booted(root, machine):
    deadline = time.monotonic() + BOOTED_WITHIN_S
    while machine.poll() is None and time.monotonic() < deadline:
        for init in pathlib.Path(f"/proc/{machine.pid}/task/{machine.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{init}/exe").endswith("/systemd"):
                    started = BootedRoot(root, init)
                    if started.run("systemctl", "is-system-running", "--wait", check=False).stdout.strip() in ("running", "degraded"):
                        return started
        time.sleep(0.1)
    raise AssertionError(f"systemd does not start:\n{root.with_name('boot.log').read_text()}")
