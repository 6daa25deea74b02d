"""An edge under load: many clients that come and go. tools/soak makes long runs with it, flood_test.py short ones."""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import time

from child_process import wait_for_end
from edge_and_clients import CLIENT_V4, PASSWORD, TURN_PORT, USER, V4, edge_and_clients
from lib.process import programs
from lib.process.errors import ToolError
from network_namespace import command_in

# Short lifetimes: allocations of vanished clients expire soon, so that memory becomes steady.
POLICY = {"lifetime": {"default": "1m", "max": "2m"}, "max_allocations_per_user": 100_000}
SETTLED_AFTER_S = 300.0
MOST_GROWTH = 0.02
MOST_LOST = 0.001  # share of the packets
MOST_FAILURES = 0.01  # clients fail after 8 s without an answer; a busy machine may cause that
LINE_WITHIN_S = 10.0


def soak(minutes, allocations, life_s, say, stall_s=0.3):
    """Reports resident memory and the clients' counts every minute. Then stops the edge for `stall_s`, as a busy host does: the packets
    that gather meanwhile must not increase its memory."""
    seconds = minutes * 60
    settled_after = min(SETTLED_AFTER_S, seconds / 6)
    step = min(60.0, seconds / 6)
    with edge_and_clients(**POLICY) as net:
        daemon = Daemon(net)
        samples = [Sample(0.0, daemon.memory())]
        with churn(net, allocations, mean_life=life_s) as clients:
            began = time.monotonic()
            while (elapsed := time.monotonic() - began) < seconds:
                counts = clients.next_line()
                if elapsed >= samples[-1].at_s + step:
                    samples.append(Sample(elapsed, daemon.memory()))
                    say(f"{elapsed / 60:5.1f} min: {samples[-1]}, {counts['live']} allocations, "
                        f"{counts['allocated']} made, {counts['failed']} failed, {counts['received']} of {counts['sent']} packets back"
                        + f": {counts['failures']}" * bool(counts["failed"]))
                    daemon.stall(stall_s)
            samples.append(Sample(elapsed, daemon.memory()))
            counts = clients.stop()
        dropped = daemon.drops()
    settled = next(sample for sample in samples if sample.at_s >= settled_after)
    growth = samples[-1].kib / settled.kib - 1
    faults = []
    if growth > MOST_GROWTH:
        faults.append(f"memory grew by {100 * growth:.1f} % since {settled.at_s / 60:.1f} min")
    if counts["failed"] > MOST_FAILURES * counts["allocated"]:
        faults.append(f"{counts['failed']} clients failed: {counts['failures']}")
    if counts["allocated"] < allocations or not counts["received"]:
        faults.append("the clients made too few allocations or received no packets")
    late = _losses(counts, dropped)
    say(f"memory after {settled.at_s / 60:.1f} min: {settled}; at the end: {samples[-1]}: {100 * growth:+.2f} %")
    return {"minutes": minutes, "allocations": allocations, "stall_s": stall_s, "settled_kib": settled.kib, "end_kib": samples[-1].kib,
            "growth": round(growth, 4), "samples": [vars(sample) for sample in samples], "clients": counts,
            "drops_by_kernel": dropped, "faults": faults, "late": late, "complaints": faults + late}


def _losses(counts, dropped):
    """A packet is lost, too, when its echo comes after its client has ended, 500 ms later: a stalled machine may cause that."""
    lost = counts["sent"] - counts["received"] - dropped
    return [f"{lost} of {counts['sent']} packets were lost, and not by the kernel"] if lost > MOST_LOST * counts["sent"] else []


class Sample:
    def __init__(self, at_s, memory):
        self.at_s, self.kib, self.anonymous_kib = round(at_s, 1), memory["VmRSS"], memory["RssAnon"]

    def __str__(self):
        return f"{self.kib} KiB resident ({self.anonymous_kib} anonymous, the rest file pages)"


class Daemon:
    """The causewayd of a network, as the kernel shows it."""

    def __init__(self, net):
        self._net = net
        pids = subprocess.run(["ip", "netns", "pids", net.edge], check=True, capture_output=True, text=True).stdout.split()
        [self.process] = [pathlib.Path("/proc", pid) for pid in pids if pathlib.Path("/proc", pid, "comm").read_text() == "causewayd\n"]

    def memory(self):
        return memory_of(self.process)

    def resident_kib(self):
        return resident_kib(self.process)

    def stall(self, seconds):
        os.kill(int(self.process.name), signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(int(self.process.name), signal.SIGCONT)

    def drops(self):
        return drops_by_kernel(self._net)


def memory_of(process):
    """KiB, as in proc(5): VmRSS and its parts, RssAnon, RssFile and RssShmem."""
    return {name: int(kib) for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", (process / "status").read_text(), re.MULTILINE)}


def resident_kib(process):
    return memory_of(process)["VmRSS"]


def drops_by_kernel(net):
    """Packets that the kernel dropped at full sockets of the edge and its clients, or in front of them."""
    namespaces = [net.edge, *net.clients.values()]
    return sum(map(no_room_at_sockets, namespaces)) + _no_room_before_sockets()


def no_room_at_sockets(namespace):
    """UDP datagrams of the namespace that were dropped at a full socket."""
    text = subprocess.run(command_in(namespace, "cat", "/proc/net/snmp"), check=True, capture_output=True, text=True).stdout
    names, values = [line.split() for line in text.splitlines() if line.startswith("Udp:")]
    return int(dict(zip(names, values, strict=True))["RcvbufErrors"])


def _no_room_before_sockets():
    """Drops of the whole machine: a line for each CPU, in hexadecimal."""
    return sum(int(line.split()[1], 16) for line in pathlib.Path("/proc/net/softnet_stat").read_text().splitlines())


class Churn:
    """A running causeway-churn."""

    def __init__(self, process):
        self._process = process

    def next_line(self):
        if not select.select([self._process.stdout], [], [], LINE_WITHIN_S)[0]:
            raise ToolError(f"causeway-churn printed no line within {LINE_WITHIN_S:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise ToolError(f"causeway-churn ended with status {self._process.wait()}")
        return json.loads(line)

    def until(self, holds, within_s=30.0):
        deadline = time.monotonic() + within_s
        while not holds(counts := self.next_line()):
            if time.monotonic() > deadline:
                raise ToolError(f"the clients are not ready after {within_s:.0f} s: {counts}")

    def stop(self):
        """Ends the clients. Returns the final counts, after all have deleted their allocations."""
        self._process.stdin.close()
        lines = self._process.stdout.read().splitlines()
        return json.loads(lines[-1])


@contextlib.contextmanager
def churn(net, allocations, mean_life, packets=1, at=V4, more=(), prefix=()):
    command = net.in_client("a", *prefix, programs.find("causeway-churn"), "--server", f"{at}:{TURN_PORT}", "--local", CLIENT_V4,
                            "--user", USER, "--password", PASSWORD, "--allocations", allocations, "--mean-life", mean_life,
                            "--packets", packets, *more)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Churn(process)
    finally:
        process.stdin.close()
        wait_for_end(process)
