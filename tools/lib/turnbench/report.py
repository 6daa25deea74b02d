"""Medians over the rounds, ratios between servers, and the table."""

import statistics

from lib.process import table

from .cases import Case

# Loss is a sum, everything else a median.
_SUMMED = ("sent", "received", "lost", "relayed", "failures")


# What other tasks may take of the server's core before its figures mean nothing. Where threads poll, the timers that wake them are in it.
_QUIET = 0.03
_QUIET_POLLED = 0.10
# What the host of a virtual machine may take of any core, to run others, before latencies and losses are the host's: of 5 s
# 15 ms, the least that can be told from nothing. Three times as long as veth's ring lasts, it may still be one piece.
_CALM = 0.003


def calm(rounds: list[dict]) -> list[dict]:
    """A round has one run of each server, by the server's name."""
    return [each for each in rounds if stolen(each) <= _CALM]


def stolen(each: dict) -> float:
    return max(run.get("stolen") or 0 for run in each.values())


def summarize(runs: list[dict]) -> dict:
    summary = {}
    for key in runs[0]:
        values = [run[key] for run in runs if run.get(key) is not None]
        if not values or isinstance(values[0], str):
            summary[key] = values[-1] if values else None
        else:
            summary[key] = sum(values) if key in _SUMMED else statistics.median(values)
    return summary


def compare(case: Case, rounds: list[dict], wanted: int) -> dict:
    """The first server is ours, the last the one to compare with. Of more rounds than are wanted those count from which the host
    took least."""
    counted = sorted(sorted(range(len(rounds)), key=lambda number: stolen(rounds[number]))[:wanted])
    chosen = [rounds[number] for number in counted]
    runs = {server: [each[server] for each in chosen] for server in rounds[0]}
    figures = {name: summarize(done) for name, done in runs.items()}
    ours, theirs = list(runs)[0], list(runs)[-1]
    by_round = [each[ours][case.figure] / each[theirs][case.figure] for each in chosen if each[theirs].get(case.figure)]
    ratio = statistics.median(by_round) if ours != theirs and by_round else None
    return {"case": case.label, "summary": case.summary, "figure": case.figure, "paced": case.is_paced, "servers": figures,
            "ratio": ratio, "ratio_by_round": by_round if ours != theirs else [], "rounds": rounds, "counted": counted}


def text(cases: list[dict]) -> str:
    """A table for relayed packets, one for allocations a second, one for memory: those that have rows."""
    tables = [table.render([heading for heading, _ in columns], rows)
              for columns in (_LOAD, _CHURN, _MEMORY) if (rows := _rows(cases, columns))]
    disturbed = [case["case"] for case in cases
                 if any((figures.get("others") or 0) > (_QUIET_POLLED if figures.get("network_ns") else _QUIET)
                        for figures in case["servers"].values())]
    if disturbed:
        tables.append("Something else ran on the server's core: CORE ns and the ratio are off in " + ", ".join(disturbed))
    if robbed := [case for case in cases if any(stolen(case["rounds"][number]) > _CALM for number in case["counted"])]:
        tables.append("The host of this virtual machine took its cores away meanwhile; latencies, losses and figures of waking up are partly the host's in "
                      + ", ".join(f"{case['case']} ({max(stolen(case['rounds'][number]) for number in case['counted']):.1%})" for case in robbed))
    return "\n\n".join(tables)


def _rows(cases: list[dict], columns: list) -> list:
    wanted = {_LOAD: "core_ns", _CHURN: "allocations_per_s", _MEMORY: "bytes_per_allocation"}[columns]
    rows = []
    for case in cases:
        if case["figure"] != wanted:
            continue
        for position, (server, figures) in enumerate(case["servers"].items()):
            context = {"case": case["case"] if position == 0 else "", "server": server,
                       "ratio": case["ratio"] if position == 0 else None, **figures}
            rows.append([cell(context) for _, cell in columns])
    return rows


def _number(key: str, scale: float = 1.0, digits: int = 0):
    return lambda figures: "-" if figures.get(key) is None else f"{figures[key] * scale:,.{digits}f}"


def _word(key: str):
    return lambda figures: figures[key]


def _lost(figures: dict) -> str:
    """A bare 0 is none at all; one packet of a million is not."""
    if not figures.get("sent"):
        return "-"
    return f"{figures['lost'] / figures['sent'] * 100:.4f}" if figures["lost"] else "0"


def _ratio(figures: dict) -> str:
    return "" if figures["ratio"] is None else f"{figures['ratio']:.2f}"


_LOAD = (("CASE", _word("case")), ("SERVER", _word("server")), ("CORE ns", _number("core_ns")),
         ("PROCESS ns", _number("process_ns")), ("PACKETS/s", _number("packets_per_s")), ("NETWORK ns", _number("network_ns")), ("CORE %", _number("core_busy", 100)),
         ("OTHERS %", _number("others", 100)), ("STOLEN %", _number("stolen", 100, 1)), ("GENERATOR %", _number("generator_busy", 100)), ("LOST %", _lost), ("P50 us", _number("p50_us")),
         ("P99 us", _number("p99_us")), ("RATIO", _ratio))
_CHURN = (("CASE", _word("case")), ("SERVER", _word("server")), ("ALLOCATIONS/s", _number("allocations_per_s")),
          ("CORE us", _number("core_ns", 1e-3, 1)), ("CORE %", _number("core_busy", 100)), ("FAILED", _number("failures")),
          ("RATIO", _ratio))
_MEMORY = (("CASE", _word("case")), ("SERVER", _word("server")), ("KiB EACH", _number("bytes_per_allocation", 1 / 1024, 2)),
           ("MiB BEFORE", _number("resident_before", 1 / 2**20, 1)), ("MiB AFTER", _number("resident_after", 1 / 2**20, 1)),
           ("RATIO", _ratio))
