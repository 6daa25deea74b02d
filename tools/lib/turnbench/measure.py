"""Makes one run of causeway-turnbench and returns its figures as a dictionary."""

import json
import subprocess

from lib.process import programs
from lib.process.errors import ToolError
from .cases import Case
from .servers import PASSWORD, USER
from .three_networks import PEER_ADDRESS, SERVER_ADDRESS, SERVER_PORT, Networks

GENERATOR = "causeway-turnbench"
MARGIN_S = 90.0  # time to create and delete the allocations
# The generator never sleeps. As a real-time task the kernel would stop it for 50 ms of every second, and it would then send all
# due packets as one burst. The servers are real-time tasks.
PRIORITY = ("nice", "-n", "-20")


def in_networks(case: Case, networks: Networks, server_pid: int, bin_dir: str | None) -> dict:
    cores = ",".join(map(str, networks.generator_cores))
    command = [*PRIORITY, "taskset", "-c", cores, programs.find(GENERATOR, bin_dir), *case.arguments(),
               "--server", f"{SERVER_ADDRESS}:{SERVER_PORT}", "--user", USER, "--password", PASSWORD,
               "--client-netns", f"/run/netns/{networks.clients}", "--peer-netns", f"/run/netns/{networks.peers}",
               "--peer", PEER_ADDRESS, "--server-core", networks.server_core, "--server-pid", server_pid]
    for pid in networks.receivers:
        command += ["--network-pid", pid]
    return _figures(case, command)


def of_any_server(case: Case, options) -> dict:
    """Measures without namespaces: clients and peers run on this machine, the server anywhere."""
    command = [programs.find(GENERATOR, options.bin), *case.arguments(), "--server", options.server,
               "--user", options.user, "--password", options.password, "--peer", options.peer]
    if options.server_pid:
        command += ["--server-pid", options.server_pid]
    return _figures(case, command)


def _figures(case: Case, command: list) -> dict:
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              timeout=case.seconds + MARGIN_S)
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"{case.label}: the generator did not end in time") from error
    if done.returncode != 0:
        raise ToolError(f"{case.label}: {done.stderr.strip()}")
    return json.loads(done.stdout)
