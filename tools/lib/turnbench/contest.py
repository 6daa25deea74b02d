"""Runs several servers in alternating rounds, each time in the same namespaces and on the same core."""

import itertools
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from lib.process.errors import ToolError

from . import machine, measure, report, rights, servers
from .cases import Case
from .three_networks import Networks, three_networks


@dataclass(frozen=True)
class Plan:
    """The options of tools/turnbench --compare."""

    rounds: int
    patience: int  # extra rounds, in place of rounds that the host disturbed
    rights: str  # of Causeway: "unit", "steered" or "both"
    coturn_threads: str  # "1", "0" or "both"
    only: str | None
    server_args: str
    settings: dict
    bin_dir: str | None
    before: str | None  # the programs of another version
    core: int
    progress: Callable[[str], None]


def run(plan: Plan, chosen: list[Case], document: dict) -> None:
    """Adds the figures of the chosen cases to the document."""
    for case in chosen:
        for server in contestants(plan, case):
            document["versions"].setdefault(server.name, server.version())
    document["machine"]["wake_up_us"] = round(machine.wake_up_us(plan.core), 1)
    with tempfile.TemporaryDirectory(prefix="causeway-turnbench-") as folder:
        for polling, cases_there in itertools.groupby(chosen, key=lambda case: case.polling):
            with three_networks(plan.core, polling) as networks:
                for case in cases_there:
                    document["cases"].append(_one_case(case, plan, networks, Path(folder), document))


def contestants(plan: Plan, case: Case) -> list[servers.Server]:
    """Causeway in its variants first, then the reference: coturn with one relay thread, without, or both."""
    found = {"causeway": _causeways(plan, case), "coturn": _coturns(plan)}
    return found[plan.only] if plan.only else [*found["causeway"], *found["coturn"]]


def _causeways(plan: Plan, case: Case) -> list[servers.Server]:
    settings = servers.uncoalesced(plan.settings) if case.uncoalesced else plan.settings
    variants = []
    if plan.rights in ("unit", "both"):
        variants.append((settings, "causeway", rights.of_unit()))
    if plan.rights in ("steered", "both"):
        variants.append((settings, "causeway-steered", rights.of_unit_and_drop_in()))
    if case.polling is not None:  # XDP needs more than the unit grants
        variants.append((servers.with_xdp(settings), "causeway-xdp", rights.of_unit_and_drop_in()))
    found = [servers.causeway(each, plan.bin_dir, name, granted) for each, name, granted in variants]
    if plan.before:
        found += [servers.causeway(each, plan.before, report.before(name), granted) for each, name, granted in variants]
    return found


def _coturns(plan: Plan) -> list[servers.Server]:
    threads = {"1": [1], "0": [0], "both": [1, 0]}[plan.coturn_threads]
    return [servers.turnserver(shlex.split(plan.server_args), count) for count in threads]


def _one_case(case: Case, plan: Plan, networks: Networks, folder: Path, document: dict) -> dict:
    everyone = contestants(plan, case)
    most = plan.rounds + plan.patience
    rounds = []
    while len(rounds) < plan.rounds or (len(rounds) < most and len(report.calm(rounds)) < plan.rounds):
        number = len(rounds) + 1
        of = plan.rounds if number <= plan.rounds else f"up to {most}"
        rounds.append({})
        for server in in_turn(everyone, number):
            plan.progress(f"{case.label}: {server.name}, round {number} of {of}")
            rounds[-1][server.name] = _one_run(case, server, plan, networks, folder, document)
    return report.compare(case, rounds, plan.rounds, [server.name for server in everyone],
                          [server.name for server in everyone if server.is_reference])


def in_turn(everyone: list, number: int) -> list:
    """Each round begins with another server, so that a drift of the machine favors none."""
    first = (number - 1) % len(everyone)
    return everyone[first:] + everyone[:first]


def _one_run(case: Case, server: servers.Server, plan: Plan, networks: Networks, folder: Path, document: dict) -> dict:
    """A fresh process and one run."""
    document["flags"].setdefault(server.name, server.flags(folder))
    document["core_speed"].append(machine.core_speed(networks.server_core))
    with server.running(networks, folder) as (process, mode):
        if server.name not in document["modes"]:
            document["modes"][server.name] = mode.to_json()
            plan.progress(f"{server.name}: {mode}")
        return measure.in_networks(case, networks, process.pid, plan.bin_dir)


def server_core(wanted: int | None) -> int:
    core = max(machine.cores()) if wanted is None else wanted
    if core not in machine.cores():
        raise ToolError(f"--server-core {core}: there are {', '.join(map(str, sorted(machine.cores())))}")
    return core
