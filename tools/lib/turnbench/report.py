"""Medians over the rounds, ratios between servers, and the tables."""

import statistics

from lib.process import table

from .cases import Case

# Counts are summed; every other figure is a median.
_SUMMED = ("sent", "received", "lost", "relayed", "failures")
_MORE_IS_BETTER = ("allocations_per_s",)

# Share of the server's core that other tasks may use. Above it the figures are not reported as sound. In the XDP cases the
# timers that wake the polling threads count as other tasks.
_QUIET = 0.03
_QUIET_POLLED = 0.10
# Share of any core that the host of a virtual machine may steal. It is 15 ms of 5 s, the smallest share that differs from 0.
# Latencies and losses of a round above it belong to the host.
_CALM = 0.003


def before(name: str) -> str:
    """The name of the same server in another version."""
    return f"{name}-before"


def calm(rounds: list[dict]) -> list[dict]:
    """The rounds that the host did not disturb. A round has one run of each server, by the server's name."""
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


def compare(case: Case, rounds: list[dict], wanted: int, names: list[str], references: list[str]) -> dict:
    """Figures of one case. Of more rounds than wanted, those count in which the host stole least. Ratios are to the best reference."""
    counted = sorted(sorted(range(len(rounds)), key=lambda number: stolen(rounds[number]))[:wanted])
    chosen = [rounds[number] for number in counted]
    figures = {name: summarize([each[name] for each in chosen]) for name in names}
    reference = best(case.figure, {name: figures[name] for name in references})
    by_round = {name: ratios(case.figure, chosen, name, reference) for name in names if reference and name not in references}
    first = by_round.get(names[0], [])
    to_before = {name: ratios(case.figure, chosen, name, before(name)) for name in names if before(name) in names}
    return {"case": case.label, "summary": case.summary, "figure": case.figure, "paced": case.is_paced, "servers": figures,
            "reference": reference, "ratios": {name: statistics.median(values) for name, values in by_round.items() if values},
            "to_before": {name: statistics.median(values) for name, values in to_before.items() if values},
            "ratio": statistics.median(first) if first else None, "ratio_by_round": first, "rounds": rounds, "counted": counted}


def best(figure: str, figures: dict) -> str | None:
    """The name of the server with the best figure. None without servers."""
    pick = max if figure in _MORE_IS_BETTER else min
    return pick(figures, key=lambda name: figures[name].get(figure) or 0, default=None)


def ratios(figure: str, rounds: list[dict], name: str, reference: str) -> list[float]:
    return [each[name][figure] / each[reference][figure] for each in rounds if each[reference].get(figure)]


def text(cases: list[dict]) -> str:
    """A table for relayed packets, one for allocations a second, one for memory: those that have rows."""
    tables = [table.render([heading for heading, _ in columns], rows)
              for columns in (_LOAD, _CHURN, _MEMORY) if (rows := _rows(cases, columns))]
    disturbed = [case["case"] for case in cases
                 if any((figures.get("others") or 0) > (_QUIET_POLLED if figures.get("network_ns") else _QUIET)
                        for figures in case["servers"].values())]
    if disturbed:
        tables.append("Another task ran on the server's core: CORE ns and RATIO are wrong in " + ", ".join(disturbed))
    if robbed := [case for case in cases if any(stolen(case["rounds"][number]) > _CALM for number in case["counted"])]:
        tables.append("The host of this virtual machine stole CPU time: latencies, losses and wake-up costs are partly the host's in "
                      + ", ".join(f"{case['case']} ({max(stolen(case['rounds'][number]) for number in case['counted']):.1%})" for case in robbed))
    return "\n\n".join(tables)


def _rows(cases: list[dict], columns: list) -> list:
    wanted = {_LOAD: "core_ns", _CHURN: "allocations_per_s", _MEMORY: "bytes_per_allocation"}[columns]
    rows = []
    for case in cases:
        if case["figure"] != wanted:
            continue
        for position, (server, figures) in enumerate(case["servers"].items()):
            context = {"case": case["case"] if position == 0 else "", "server": server, "ratio": case["ratios"].get(server),
                       "to_before": case["to_before"].get(server), **figures}
            rows.append([cell(context) for _, cell in columns])
    return rows


def _number(key: str, scale: float = 1.0, digits: int = 0):
    return lambda figures: "-" if figures.get(key) is None else f"{figures[key] * scale:,.{digits}f}"


def _word(key: str):
    return lambda figures: figures[key]


def _lost(figures: dict) -> str:
    """"0" only if no packet was lost; one packet of a million shows as 0.0001."""
    if not figures.get("sent"):
        return "-"
    return f"{figures['lost'] / figures['sent'] * 100:.4f}" if figures["lost"] else "0"


def _ratio(key: str):
    return lambda figures: "" if figures[key] is None else f"{figures[key]:.2f}"


_RATIOS = (("RATIO", _ratio("ratio")), ("TO BEFORE", _ratio("to_before")))
_LATENCY = (("P50 us", _number("p50_us")), ("P99 us", _number("p99_us")), *_RATIOS)
_LOAD = (("CASE", _word("case")), ("SERVER", _word("server")), ("CORE ns", _number("core_ns")),
         ("PROCESS ns", _number("process_ns")), ("PACKETS/s", _number("packets_per_s")), ("NETWORK ns", _number("network_ns")),
         ("CORE %", _number("core_busy", 100)), ("OTHERS %", _number("others", 100)), ("STOLEN %", _number("stolen", 100, 1)),
         ("GENERATOR %", _number("generator_busy", 100)), ("LOST %", _lost), *_LATENCY)
_CHURN = (("CASE", _word("case")), ("SERVER", _word("server")), ("ALLOCATIONS/s", _number("allocations_per_s")),
          ("CORE us", _number("core_ns", 1e-3, 1)), ("CORE %", _number("core_busy", 100)), ("FAILED", _number("failures")), *_LATENCY)
_MEMORY = (("CASE", _word("case")), ("SERVER", _word("server")), ("KiB EACH", _number("bytes_per_allocation", 1 / 1024, 2)),
           ("MiB BEFORE", _number("resident_before", 1 / 2**20, 1)), ("MiB AFTER", _number("resident_after", 1 / 2**20, 1)),
           *_RATIOS)
