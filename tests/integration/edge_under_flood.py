"""A flood of spoofed Allocates: compares the losses of an edge's clients with the losses at a bare socket.

The bare socket, the edge, and the bare socket again run one after the other on the same core and in the same namespace, under the same
flood and with the same paced packets. Other work on the machine affects both. The kernel causes the losses at the bare socket; the edge
is responsible only for losses beyond these.
"""

import contextlib
import json
import os
import pathlib
import subprocess
from dataclasses import asdict, dataclass

import attempts
from edge_and_clients import SIBLING_V4, TURN_PORT, V4, edge_and_clients
from edge_under_churn import MOST_GROWTH, POLICY, Daemon, churn, drops_by_kernel, no_room_at_sockets, resident_kib
from lib.process import programs
from lib.process.errors import ToolError
from network_namespace import ip

SPOOFED = "198.18.0.0/15"
WARM_UP_S = 3.0
MORE_THAN_ANYBODY_BEARS, FILL_S = 1_000_000, 2.0  # packets per second, more than the machine can send, so that each buffer is used once
PACED_CLIENTS, PACED_PACKETS = 50, 50
# Share of the packets. Two runs of the same socket on a quiet machine differ by less.
MARGIN = 0.0005
PRIORITY = ("chrt", "--rr", "1")  # for servers, clients and flood, so that other work disturbs them little


@dataclass(frozen=True)
class Turn:
    """One run of one server under the flood."""

    flood: dict
    clients: dict
    lost: int
    full_at_server: int  # datagrams dropped at full sockets in the server's namespace
    drops_by_kernel: int  # the same, plus drops at the clients' sockets and in the network in front of them
    server_cpu_s: float
    before_kib: int
    after_kib: int

    @property
    def sent(self):
        return self.clients["sent"]


def flood(rate, seconds, say):
    """Measures memory before and after spoofed Allocates, and the losses of paced clients, alternately with a bare socket."""
    with edge_and_clients(**POLICY) as net:
        _let_answers_out(net)
        daemon = Daemon(net).process
        server_core, other_cores = _share_out_cores()
        _pin(daemon, server_core)
        prefix = (*PRIORITY, "taskset", "-c", other_cores)
        with _bare_socket(net, server_core) as bare_process:

            def turn(name, address, process, seconds):
                done = _turn(net, address, process, rate, seconds, prefix)
                say(f"{name:12} {_line(done)}")
                return done

            _flood(net, V4, MORE_THAN_ANYBODY_BEARS, FILL_S, prefix)

            def attempt():
                before = turn("bare socket:", SIBLING_V4, bare_process, seconds / 2)
                edge = turn("causewayd:", V4, daemon, seconds)
                after = turn("bare socket:", SIBLING_V4, bare_process, seconds / 2)
                return _judge([before, after], edge, say)

            outcome = attempts.last_outcome(attempt, say=say)
    return outcome.measured | {"complaints": outcome.faults + outcome.late}


def _judge(bare, edge, say):
    growth = edge.after_kib / edge.before_kib - 1
    baseline = sum(turn.lost for turn in bare) / max(1, sum(turn.sent for turn in bare))
    share = edge.lost / max(1, edge.sent)
    say(f"memory {edge.before_kib} -> {edge.after_kib} KiB; paced packets lost: bare socket {100 * baseline:.3f} %, causewayd {100 * share:.3f} %")
    measured = {"bare": [asdict(turn) for turn in bare], "causewayd": asdict(edge), "growth": round(growth, 4),
                "lost_by_bare": baseline, "lost_by_causewayd": share, "margin": MARGIN}
    return attempts.Outcome(measured, faults=_faults(edge, growth), late=_losses(share, baseline))


def _faults(edge, growth):
    faults = []
    if growth > MOST_GROWTH:
        faults.append(f"memory grew by {100 * growth:.1f} % under the flood")
    if edge.clients["failed"]:
        faults.append(f"{edge.clients['failed']} paced clients failed: {edge.clients['failures']}")
    if not edge.sent:
        faults.append("the paced clients sent no packets")
    return faults


def _losses(share, baseline):
    """A machine that stalls during one run makes any server lose packets. A fault of the server shows in each attempt."""
    if share <= baseline + MARGIN:
        return []
    return [f"paced clients lost {100 * share:.3f} % of their packets, and {100 * baseline:.3f} % at a bare socket"]


def _line(turn):
    return (f"{turn.flood['sent']} spoofed Allocates ({turn.flood['per_second']:.0f} a second), {turn.lost} of {turn.sent} paced packets lost, "
            f"{turn.drops_by_kernel} datagrams dropped by the kernel ({turn.full_at_server} at the server), {turn.server_cpu_s:.1f} s of CPU")


def _turn(net, address, process, rate, seconds, prefix):
    more = () if address == V4 else ("--bare",)
    with churn(net, PACED_CLIENTS, mean_life=0, packets=PACED_PACKETS, at=address, more=more, prefix=prefix) as clients:
        clients.until(lambda counts: counts["live"] == PACED_CLIENTS)
        drops, full = drops_by_kernel(net), no_room_at_sockets(net.edge)
        _flood(net, address, rate, min(WARM_UP_S, seconds / 3), prefix)  # first use of buffers
        before_kib, cpu = resident_kib(process), _cpu_seconds(process)
        sent = _flood(net, address, rate, seconds, prefix)
        after_kib, cpu = resident_kib(process), _cpu_seconds(process) - cpu
        counts = clients.stop()
    return Turn(flood=sent, clients=counts, lost=counts["sent"] - counts["received"], full_at_server=no_room_at_sockets(net.edge) - full,
                drops_by_kernel=drops_by_kernel(net) - drops, server_cpu_s=round(cpu, 2), before_kib=before_kib, after_kib=after_kib)


@contextlib.contextmanager
def _bare_socket(net, core):
    """Yields its folder in /proc."""
    command = net.in_edge(*PRIORITY, "taskset", "-c", core, programs.find("causeway-bare-echo"), "--listen", f"{SIBLING_V4}:{TURN_PORT}")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if not process.stdout.readline():
            raise ToolError("causeway-bare-echo did not start")
        yield pathlib.Path("/proc", str(process.pid))
        process.stdin.close()  # ends it


def _share_out_cores():
    """One core for the server, the others for clients and flood. A single core serves all."""
    server, *others = map(str, sorted(os.sched_getaffinity(0)))
    return server, ",".join(others or [server])


def _pin(process, core):
    pid = process.name
    subprocess.run(["taskset", "--all-tasks", "--pid", "--cpu-list", core, pid], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["chrt", "--all-tasks", "--rr", "--pid", "1", pid], check=True)


def _cpu_seconds(process):
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _let_answers_out(net):
    """Routes answers to the spoofed addresses into a blackhole, so that the server can send them."""
    ip("-netns", net.edge, "route", "add", SPOOFED, "via", "10.79.2.2")
    ip("-netns", net.clients["b"], "route", "add", "blackhole", SPOOFED)


def _flood(net, address, rate, seconds, prefix):
    command = net.in_client("b", *prefix, programs.find("causeway-flood"), "--server", f"{address}:{TURN_PORT}", "--sources", SPOOFED,
                            "--rate", rate, "--seconds", seconds)
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
