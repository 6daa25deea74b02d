"""Measures the WAN's packet rate and the delay beyond that of its links: `tools/lab wan-capacity`."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import lab, namespaces
from lib.process import programs, table
from lib.process.errors import ToolError

DELAY_MS = 10.0
GRACE_S = 1.0  # causeway-wan-capacity waits this long for the last packets
TOPOLOGY = f"""
name: capacity
sites:
  here: {{provider: capacity, region: capacity, metro: capacity, cloud_region: capacity}}
  there: {{provider: capacity, region: capacity, metro: capacity, cloud_region: capacity}}
nodes:
  hub: all
links:
  rtt_ms:
    here: [0, {2 * DELAY_MS}]
    there: [{2 * DELAY_MS}, 0]
"""


def run(rates: list[int], sizes: list[int], seconds: float, bin_dir: str | None) -> list[dict]:
    """Measures in a separate lab with two hosts, 10 ms apart."""
    with tempfile.TemporaryDirectory(prefix="causeway-wan-") as scratch:
        folder = Path(scratch)
        (folder / "capacity.yaml").write_text(TOPOLOGY)
        capacity = lab.up(folder / "capacity.yaml", folder / "lab", prefix=f"cwb{os.getpid()}-", bin_dir=bin_dir,
                       with_daemons=False)
        try:
            here, there = capacity.topology().nodes
            wan = capacity.processes["causeway-wan"]
            paths = [str(namespaces.netns_path(capacity.namespace_of(host.name))) for host in (here, there)]
            return [_measure(bin_dir, wan.pid, paths, there.v4, rate, size, seconds)
                    for size in sizes for rate in rates]
        finally:
            lab.down(folder / "lab")


def render(rows: list[dict]) -> str:
    header = ["payload B", "sent/s", "received/s", "lost", "reordered", "added p50 us", "p90", "p99", "max", "WAN CPU %"]
    return table.render(header, [[row["size"], row["rate"], round(row["packets_per_second"]), row["lost"],
                                  row["reordered"], *(row["added_us"][q] for q in ("p50", "p90", "p99", "max")),
                                  row["wan_cpu_percent"]] for row in rows])


def _measure(bin_dir: str | None, wan_pid: int, paths: list[str], address: str, rate: int, size: int,
             seconds: float) -> dict:
    program = programs.find("causeway-wan-capacity", bin_dir)
    before, began = _cpu_seconds(wan_pid), time.monotonic()
    done = subprocess.run([str(program), "--from-netns", paths[0], "--to-netns", paths[1], "--to", address,
                           "--rate", str(rate), "--size", str(size), "--seconds", str(seconds),
                           "--delay-ms", str(DELAY_MS)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolError(done.stderr.strip() or "causeway-wan-capacity failed")
    share = (_cpu_seconds(wan_pid) - before) / (time.monotonic() - began - GRACE_S)
    return {"rate": rate, "size": size, "delay_ms": DELAY_MS, "wan_cpu_percent": round(100 * share, 1),
            **json.loads(done.stdout)}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
