"""The bytes that a daemon keeps of each allocation that has ended: the slope of its memory over the allocations made.

A leak shows at its full size in each part of a run. Tables that grow once, and clients that happen to be more at one moment, change
few of the slopes between two samples, so the median of these slopes ignores them.
"""

import itertools
import re
import statistics
from dataclasses import dataclass

from edge_and_clients import edge_and_clients
from edge_under_churn import POLICY, Daemon, churn

# Half of the smallest leak that must be found, 100 bytes. On a busy machine, runs without a leak showed 1 to 10.
MOST_LEFT_BYTES = 50
# More clients want to start than may: then they are equally many all the time, on a busy machine too.
CLIENTS, STARTS, MEAN_LIFE_S = 1500, 5000, 0.3
WARM_UP = 20_000  # allocations, until ports, tables and the heap are as large as this load needs
STALL_S = 0.3  # during the warm-up, so that packets gather and each buffer is used once
ENDS_WITHIN_S = 240.0


@dataclass(frozen=True)
class Sample:
    allocations: int  # made until now
    anonymous: int  # bytes


def of_ended_allocations(allocations, say):
    """Lets so many allocations come and go, after others to warm up. Returns the bytes left by each one and the clients' counts."""
    with edge_and_clients(**POLICY) as net:
        daemon = Daemon(net)
        with churn(net, CLIENTS, MEAN_LIFE_S, packets=2, more=("--starts", STARTS, "--vanishing", 0)) as clients:
            clients.until(lambda counts: counts["allocated"] >= WARM_UP / 2, ENDS_WITHIN_S)
            daemon.stall(STALL_S)
            clients.until(lambda counts: counts["allocated"] >= WARM_UP, ENDS_WITHIN_S)
            samples = _samples(clients, daemon.process, allocations)
            counts = clients.stop()
    left = slope(samples)
    first, last = samples[0], samples[-1]
    say(f"memory {first.anonymous >> 10} -> {last.anonymous >> 10} KiB during {last.allocations - first.allocations} allocations: "
        f"{left:+.1f} bytes left by each")
    return {"bytes_left": left, "samples": [vars(sample) for sample in samples], "clients": counts}


def slope(samples):
    """Median of the slopes between two samples that are at least a third of the run apart: closer pairs tell little."""
    apart = (samples[-1].allocations - samples[0].allocations) / 3
    return statistics.median((later.anonymous - earlier.anonymous) / (later.allocations - earlier.allocations)
                             for earlier, later in itertools.combinations(samples, 2)
                             if later.allocations - earlier.allocations >= apart)


def _samples(clients, process, allocations):
    """One for each second, until so many allocations were made."""
    samples = []

    def is_done(counts):
        samples.append(Sample(counts["allocated"], anonymous_bytes(process)))
        return counts["allocated"] >= samples[0].allocations + allocations

    clients.until(is_done, ENDS_WITHIN_S)
    return samples


def anonymous_bytes(process):
    """Exact, unlike RssAnon of /proc/PID/status, which the kernel counts for each CPU and adds up later."""
    rollup = (process / "smaps_rollup").read_text()
    return 1024 * int(re.search(r"^Anonymous:\s+(\d+) kB$", rollup, re.MULTILINE)[1])
