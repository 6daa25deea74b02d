"""The measured cases. Flat-out traffic keeps a window of packets in flight: the server always has work, and pays nothing for
packets that an overloaded socket would drop."""

from dataclasses import dataclass, replace

from .three_networks import Polling

PAYLOADS = (172, 1200)
ENCODINGS = ("channel", "indication")


@dataclass(frozen=True)
class Case:
    name: str
    summary: str
    allocations: int
    direction: str
    what: str = "load"
    figure: str = "core_ns"  # the compared figure, a key of the generator's JSON
    payload: int = 172
    encoding: str = "channel"
    rate: float = 0
    burst: int = 1
    window: int = 32
    seconds: float = 5.0
    uncoalesced: bool = False  # Causeway runs without wake-up coalescing
    polling: Polling | None = None  # of the one network card that all servers use; also runs Causeway with XDP

    @property
    def label(self) -> str:
        return f"{self.name}/{self.payload}/{self.encoding}" if self.what == "load" else self.name

    @property
    def is_paced(self) -> bool:
        return self.rate > 0

    def arguments(self) -> list:
        return ["--what", self.what, "--allocations", self.allocations, "--payload", self.payload,
                "--encoding", self.encoding, "--direction", self.direction, "--rate", self.rate, "--burst", self.burst,
                "--window", self.window, "--seconds", self.seconds]

    def quick(self) -> "Case":
        """The same case with few allocations and half a second."""
        return replace(self, allocations=min(self.allocations, 50), seconds=0.5)


ONE = Case("one", "one allocation flat out, client to peer, in bursts of 40 packets (UDP GSO)", allocations=1, direction="up",
           burst=40, window=120)
MANY = Case("many", "200 allocations flat out in both directions, packet by packet", allocations=200, direction="both", window=2)
PACED = Case("paced", "1,000 allocations of 50 packets/s (25 each way), evenly paced", allocations=1000, direction="both", rate=25)
UNCOALESCED = replace(PACED, name="paced-uncoalesced", summary=PACED.summary + "; Causeway without coalescing", uncoalesced=True)
PACED_XDP = replace(PACED, name="paced-xdp", summary=PACED.summary + "; one network card, polled every 90 us",
                    polling=Polling(server_us=90, far_end_us=10))
PACED_XDP_AT_ONCE = replace(PACED, name="paced-xdp-at-once", summary=PACED.summary + "; one network card, polled at once",
                            polling=Polling())
ONE_XDP = replace(ONE, name="one-xdp", summary=ONE.summary + "; one network card, polled at once", polling=Polling())
MANY_XDP = replace(MANY, name="many-xdp", summary=MANY.summary + "; one network card, polled at once", polling=Polling())
ALLOCATE = Case("allocate", "256 clients repeat 401, Allocate, Refresh 0: allocations per second", what="churn", allocations=256,
                direction="both", figure="allocations_per_s")
MEMORY = Case("memory", "resident memory of each of 5,000 idle allocations", what="memory", allocations=5000, direction="both",
              figure="bytes_per_allocation")


def all_cases() -> list[Case]:
    cases = [replace(shape, payload=payload, encoding=encoding)
             for shape in (ONE, MANY) for payload in PAYLOADS for encoding in ENCODINGS]
    cases += [replace(shape, encoding=encoding) for shape in (PACED, UNCOALESCED) for encoding in ENCODINGS]
    cases += [PACED_XDP, PACED_XDP_AT_ONCE] + [replace(shape, payload=payload) for shape in (ONE_XDP, MANY_XDP) for payload in PAYLOADS]
    return [*cases, ALLOCATE, MEMORY]


def chosen(patterns: list[str] | None) -> list[Case]:
    """Cases whose label begins with one of the patterns. Without patterns: all."""
    cases = all_cases()
    if not patterns:
        return cases
    return [case for case in cases if any(case.label == pattern or case.label.startswith(pattern + "/") for pattern in patterns)]
