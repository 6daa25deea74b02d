"""Translates cut, heal, degrade and partition into commands of causeway-wan."""

import re

from . import wan
from lib.process.errors import ToolError
from .state import LabState

RATE_UNITS = {"": 1, "bit": 1, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9}
TIME_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def cut(lab: LabState, a: str, b: str | None = None, one_way: bool = False) -> dict:
    return wan.ask(lab, "cut", a=a, b=b, one_way=one_way)


def heal(lab: LabState, a: str = "all", b: str | None = None) -> dict:
    return wan.ask(lab, "heal") if a == "all" else wan.ask(lab, "heal", a=a, b=b)


def degrade(lab: LabState, a: str, b: str | None, *, loss: float | None = None, burst: bool = False,
            delay_ms: float | None = None, jitter_ms: float | None = None, rate_bps: float | None = None,
            one_way: bool = False) -> dict:
    kind = "burst_loss" if burst else "loss"
    return wan.ask(lab, "degrade", a=a, b=b, one_way=one_way, delay_ms=delay_ms, jitter_ms=jitter_ms,
                   rate_bps=rate_bps, **({} if loss is None else {kind: loss}))


def partition(lab: LabState, groups: list[list[str]]) -> dict:
    return wan.ask(lab, "partition", groups=groups)


def parse_loss(text: str) -> float:
    """'5%' or '0.05' as a share of 0 to 1."""
    match = re.fullmatch(r"(\d*\.?\d+)(%?)", text)
    share = float(match[1]) / (100 if match[2] else 1) if match else -1
    if not 0 <= share <= 1:
        raise ToolError(f"{text!r} is not a loss: write 5% or 0.05")
    return share


def parse_time_ms(text: str) -> float:
    """'+50ms', '-5ms', '0.5s'."""
    match = re.fullmatch(r"([+-]?\d*\.?\d+)(us|ms|s)", text)
    if not match:
        raise ToolError(f"{text!r} is not a time: write 50ms, +50ms or 0.5s")
    return float(match[1]) * TIME_UNITS[match[2]]


def parse_rate_bps(text: str) -> float:
    """'10mbit', '800kbit', '1000000'."""
    match = re.fullmatch(r"(\d*\.?\d+)(|bit|kbit|mbit|gbit)", text.lower())
    if not match:
        raise ToolError(f"{text!r} is not a rate: write 10mbit or 800kbit")
    return float(match[1]) * RATE_UNITS[match[2]]
