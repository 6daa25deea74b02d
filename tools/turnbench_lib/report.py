"""Medians over the rounds, ratios between servers, and the table."""

import statistics

from lab_lib import table

from .cases import Case

# Loss is a sum, everything else a median.
_SUMMED = ("sent", "received", "lost", "relayed")


def summarize(runs: list[dict]) -> dict:
    summary = {}
    for key in runs[0]:
        values = [run[key] for run in runs if run.get(key) is not None]
        if not values:
            summary[key] = None
        else:
            summary[key] = sum(values) if key in _SUMMED else statistics.median(values)
    return summary


def compare(case: Case, runs: dict[str, list[dict]]) -> dict:
    """`runs` by server; the first server is ours, the last the one to compare with."""
    figures = {name: summarize(done) for name, done in runs.items()}
    ours, theirs = list(runs)[0], list(runs)[-1]
    by_round = [a[case.figure] / b[case.figure] for a, b in zip(runs[ours], runs[theirs]) if b.get(case.figure)]
    ratio = statistics.median(by_round) if ours != theirs and by_round else None
    return {"case": case.label, "summary": case.summary, "figure": case.figure, "paced": case.is_paced, "servers": figures,
            "ratio": ratio, "ratio_by_round": by_round if ours != theirs else [], "runs": runs}


def text(cases: list[dict]) -> str:
    header = ["CASE", "SERVER", "CORE ns", "PROCESS ns", "PACKETS/s", "CORE %", "GENERATOR %", "LOST %", "P50 us", "P99 us", "RATIO"]
    rows = []
    for case in cases:
        for position, (server, figures) in enumerate(case["servers"].items()):
            rows.append([case["case"] if position == 0 else "", server, *_cells(figures),
                         f"{case['ratio']:.2f}" if position == 0 and case["ratio"] is not None else ""])
    return table.render(header, rows)


def _cells(figures: dict) -> list:
    def number(key, scale=1.0, digits=0):
        value = figures.get(key)
        return "-" if value is None else f"{value * scale:,.{digits}f}"

    lost = figures["lost"] / figures["sent"] if figures.get("sent") else None
    return [number("core_ns"), number("process_ns"), number("packets_per_s"), number("core_busy", 100),
            number("generator_busy", 100), "-" if lost is None else f"{lost * 100:.2f}", number("p50_us", 1, 0),
            number("p99_us", 1, 0)]
